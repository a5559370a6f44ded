import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // Faults are waited for, most of the time: those of one file at once.
    maxConcurrency: 16,
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['test/{core,streams,model,pull,training,server,client,cli,bench}/**/*.test.ts'],
        },
      },
      {
        extends: true,
        test: {
          name: 'integration',
          include: ['test/integration/**/*.test.ts'],
          fileParallelism: false,
          testTimeout: 120_000,
        },
      },
      {
        extends: true,
        test: {
          // What needs Debian's packages: a real RTSP server, a real browser. Skipped where they are not installed.
          name: 'system',
          include: ['test/{system,browser}/**/*.test.ts'],
          fileParallelism: false,
          testTimeout: 120_000,
        },
      },
    ],
  },
});
