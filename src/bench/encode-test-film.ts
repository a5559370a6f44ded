/**
 * Run as a process: `encode-test-film FILE SECONDS [WIDTH HEIGHT h264|hevc]` writes 25 fps of video with B-frames, 1280x720 H.264
 * where nothing else is said, and stereo AAC.
 */
import { loadNodeAv } from '../streams/decode/load-node-av.js';

const VIDEO_BIT_RATE = 3_000_000;
const AUDIO_BIT_RATE = 128_000;

const [path = '', seconds = '60', width = '1280', height = '720', codec = 'h264'] = process.argv.slice(2);
await loadNodeAv(); // fills in what node-av needs on Node 20
const { Decoder, Demuxer, Encoder, Muxer, pipeline } = await import('node-av/api');
const { FF_ENCODER_AAC, FF_ENCODER_LIBX264, FF_ENCODER_LIBX265 } = await import('node-av/constants');

const input = await Demuxer.open(`${picture(Number(seconds))};${sound(Number(seconds))}`, {
  format: 'lavfi',
});
const videoTrack = input.video();
const audioTrack = input.audio();
if (videoTrack === undefined || audioTrack === undefined) throw new Error('no picture, or no sound');
const videoDecoder = await Decoder.create(videoTrack);
const audioDecoder = await Decoder.create(audioTrack);
const videoEncoder = await Encoder.create(codec === 'hevc' ? FF_ENCODER_LIBX265 : FF_ENCODER_LIBX264, {
  decoder: videoDecoder,
  context: { bitRate: VIDEO_BIT_RATE, gopSize: 50, maxBFrames: 2 },
  options: { preset: 'veryfast' },
});
const audioEncoder = await Encoder.create(FF_ENCODER_AAC, {
  decoder: audioDecoder,
  context: { bitRate: AUDIO_BIT_RATE },
  autoResample: true,
});
const output = await Muxer.open(path);
await pipeline(input, { video: [videoDecoder, videoEncoder], audio: [audioDecoder, audioEncoder] }, output)
  .completion;
await output.close();
await input.close();

function picture(length: number): string {
  return `testsrc2=size=${width}x${height}:rate=25:duration=${length},noise=alls=6:allf=t,format=yuv420p[out0]`;
}

function sound(length: number): string {
  return `aevalsrc=0.3*sin(2*PI*t*(300+50*sin(t)))|0.2*random(0):s=48000:d=${length}[out1]`;
}
