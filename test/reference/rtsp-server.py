#!/usr/bin/env python3
"""A real RTSP server for tests and benchmarks: H.264 and AAC made live by GStreamer.

usage: rtsp-server.py PORT [WIDTH HEIGHT FPS [av|video|audio]] [--transport any|tcp|udp]
                      [--auth basic|digest --user USER --password PASSWORD]
Prints "ready rtsp://127.0.0.1:PORT/live" once it listens. Needs Debian's python3-gi,
gir1.2-gst-rtsp-server-1.0 and gstreamer1.0-plugins-{base,good,bad,ugly}, gstreamer1.0-libav.
"""
import argparse
import sys

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtsp", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtsp, GstRtspServer  # noqa: E402

parser = argparse.ArgumentParser()
parser.add_argument("port")
parser.add_argument("size", nargs="*", default=[], metavar="WIDTH HEIGHT FPS TRACKS")
parser.add_argument("--transport", choices=["any", "tcp", "udp"], default="any")
parser.add_argument("--auth", choices=["basic", "digest"])
parser.add_argument("--user", default="")
parser.add_argument("--password", default="")
options = parser.parse_args()
given = options.size
width, height, fps, tracks = given + ["1280", "720", "25", "av"][len(given) :]

VIDEO = (
    f"videotestsrc is-live=true pattern=ball ! video/x-raw,width={width},height={height},framerate={fps}/1 "
    "! x264enc tune=zerolatency speed-preset=ultrafast bitrate=2000 key-int-max=50 threads=1 "
    "! video/x-h264,profile=main ! rtph264pay name=pay0 pt=96 config-interval=1"
)
AUDIO = (
    "audiotestsrc is-live=true wave=ticks samplesperbuffer=1024 ! audio/x-raw,rate=48000,channels=2 "
    "! avenc_aac bitrate=96000 ! rtpmp4gpay name=pay{index} pt=97"
)
TRANSPORTS = {
    "any": GstRtsp.RTSPLowerTrans.TCP | GstRtsp.RTSPLowerTrans.UDP,
    "tcp": GstRtsp.RTSPLowerTrans.TCP,
    "udp": GstRtsp.RTSPLowerTrans.UDP,
}
ROLE = "viewer"


def guard(server, factory):
    """Lets nobody see the stream but the one user."""
    token = GstRtspServer.RTSPToken()
    token.set_string(GstRtspServer.RTSP_TOKEN_MEDIA_FACTORY_ROLE, ROLE)
    auth = GstRtspServer.RTSPAuth()
    if options.auth == "basic":
        auth.set_supported_methods(GstRtsp.RTSPAuthMethod.BASIC)
        auth.add_basic(GstRtspServer.RTSPAuth.make_basic(options.user, options.password), token)
    else:
        auth.set_supported_methods(GstRtsp.RTSPAuthMethod.DIGEST)
        auth.add_digest(options.user, options.password, token)
    server.set_auth(auth)
    permissions = GstRtspServer.RTSPPermissions()
    for action in ("access", "construct"):
        permissions.add_permission_for_role(ROLE, f"media.factory.{action}", True)
    factory.set_permissions(permissions)


parts = []
if tracks in ("av", "video"):
    parts.append(VIDEO)
if tracks in ("av", "audio"):
    parts.append(AUDIO.format(index=len(parts)))

Gst.init(None)
server = GstRtspServer.RTSPServer(address="127.0.0.1", service=options.port)
factory = GstRtspServer.RTSPMediaFactory()
factory.set_launch("( " + " ".join(parts) + " )")
factory.set_shared(True)
factory.set_protocols(TRANSPORTS[options.transport])
if options.auth:
    guard(server, factory)
server.get_mount_points().add_factory("/live", factory)
if server.attach(None) == 0:
    sys.exit(f"cannot listen on port {options.port}")
print(f"ready rtsp://127.0.0.1:{options.port}/live", flush=True)
GLib.MainLoop().run()
