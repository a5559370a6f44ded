#!/usr/bin/env python3
"""A real RTSP server for tests and benchmarks: H.264 and AAC made live by GStreamer.

usage: rtsp-server.py PORT [WIDTH HEIGHT FPS [av|video|audio]]
Prints "ready rtsp://127.0.0.1:PORT/live" once it listens. Needs Debian's python3-gi,
gir1.2-gst-rtsp-server-1.0 and gstreamer1.0-plugins-{base,good,bad,ugly}, gstreamer1.0-libav.
"""
import sys

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtspServer  # noqa: E402

port = sys.argv[1]
width, height, fps = (sys.argv[2:5] + ["1280", "720", "25"][len(sys.argv[2:5]) :])
tracks = sys.argv[5] if len(sys.argv) > 5 else "av"

VIDEO = (
    f"videotestsrc is-live=true pattern=ball ! video/x-raw,width={width},height={height},framerate={fps}/1 "
    "! x264enc tune=zerolatency speed-preset=ultrafast bitrate=2000 key-int-max=50 threads=1 "
    "! video/x-h264,profile=main ! rtph264pay name=pay0 pt=96 config-interval=1"
)
AUDIO = (
    "audiotestsrc is-live=true wave=ticks samplesperbuffer=1024 ! audio/x-raw,rate=48000,channels=2 "
    "! avenc_aac bitrate=96000 ! rtpmp4gpay name=pay{index} pt=97"
)

parts = []
if tracks in ("av", "video"):
    parts.append(VIDEO)
if tracks in ("av", "audio"):
    parts.append(AUDIO.format(index=len(parts)))

Gst.init(None)
server = GstRtspServer.RTSPServer(address="127.0.0.1", service=port)
factory = GstRtspServer.RTSPMediaFactory()
factory.set_launch("( " + " ".join(parts) + " )")
factory.set_shared(True)
server.get_mount_points().add_factory("/live", factory)
if server.attach(None) == 0:
    sys.exit(f"cannot listen on port {port}")
print(f"ready rtsp://127.0.0.1:{port}/live", flush=True)
GLib.MainLoop().run()
