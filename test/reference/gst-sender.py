#!/usr/bin/env python3
"""An encoder for tests that is not FFmpeg: H.264 and AAC made live by GStreamer, sent until it is killed.

usage: gst-sender.py rtmp://HOST:PORT/live/KEY | srt://HOST:PORT?passphrase=...
Needs Debian's python3-gi and gstreamer1.0-plugins-{base,good,bad,ugly}, gstreamer1.0-libav.
"""
import sys

import gi

gi.require_version("Gst", "1.0")
from gi.repository import GLib, Gst  # noqa: E402

url = sys.argv[1]
is_rtmp = url.startswith("rtmp:")
mux = "flvmux name=mux streamable=true" if is_rtmp else "mpegtsmux name=mux alignment=7"
sink = f'rtmp2sink location="{url}"' if is_rtmp else f'srtsink uri="{url}"'

Gst.init(None)
pipeline = Gst.parse_launch(
    f"{mux} ! {sink} "
    "videotestsrc is-live=true pattern=ball ! video/x-raw,width=640,height=360,framerate=25/1 "
    "! x264enc tune=zerolatency speed-preset=ultrafast bitrate=1000 key-int-max=25 threads=1 ! h264parse ! mux. "
    "audiotestsrc is-live=true wave=ticks ! audio/x-raw,rate=48000,channels=2 ! avenc_aac ! aacparse ! mux."
)
loop = GLib.MainLoop()


def on_message(_bus, message):
    if message.type in (Gst.MessageType.ERROR, Gst.MessageType.EOS):
        loop.quit()


bus = pipeline.get_bus()
bus.add_signal_watch()
bus.connect("message", on_message)
pipeline.set_state(Gst.State.PLAYING)
loop.run()
sys.exit(1)
