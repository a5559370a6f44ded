import { cpus, totalmem } from 'node:os';

/** One line that says which machine figures were measured on. */
export function machineLine(): string {
  const processors = cpus();
  const model = processors[0]?.model.trim() ?? 'unknown processor';
  const memoryGib = Math.round(totalmem() / 2 ** 30);
  return `${processors.length} x ${model}, ${memoryGib} GiB, ${process.platform}-${process.arch}, Node ${process.version}`;
}
