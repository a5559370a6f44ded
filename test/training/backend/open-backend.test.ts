import * as tf from '@tensorflow/tfjs-core';
import { expect, it, vi } from 'vitest';
import { openBackend } from '../../../src/training/backend/index.js';

const notInstalled = () => Promise.reject(new Error('not installed'));

it('falls back to wasm, prints nothing and leaves the process’s error handling alone', async () => {
  const events = ['uncaughtException', 'unhandledRejection'] as const;
  const listeners = () => events.flatMap((event) => process.rawListeners(event));
  const before = listeners();
  const prints = (['log', 'warn', 'info', 'error'] as const).map((method) => vi.spyOn(console, method));
  const writes = [process.stdout, process.stderr].map((stream) => vi.spyOn(stream, 'write'));
  const backend = await openBackend(notInstalled);
  expect(backend.name).toBe('wasm');
  expect(backend.tf.getBackend()).toBe('wasm');
  for (const spy of [...prints, ...writes]) {
    expect(spy).not.toHaveBeenCalled();
    spy.mockRestore();
  }
  expect(listeners()).toEqual(before);
});

it('prefers the native packages, the GPU’s first', async () => {
  const native = { ...tf, ready: () => Promise.resolve(), getBackend: () => 'tensorflow' };
  const asked: string[] = [];
  const only = (installed: string) => (name: string) => {
    asked.push(name);
    return name === installed ? Promise.resolve({ default: native }) : notInstalled();
  };
  expect((await openBackend(only('@tensorflow/tfjs-node'))).name).toBe('tfjs-node');
  expect(asked).toEqual(['@tensorflow/tfjs-node-gpu', '@tensorflow/tfjs-node']);
  expect((await openBackend(only('@tensorflow/tfjs-node-gpu'))).name).toBe('tfjs-node-gpu');
});

it('passes over a native package that came without its native part', async () => {
  const broken = { ...tf, ready: () => Promise.resolve(), getBackend: () => 'cpu' };
  expect((await openBackend(() => Promise.resolve(broken))).name).toBe('wasm');
});
