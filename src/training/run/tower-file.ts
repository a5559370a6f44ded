import type { TensorMap } from '../../model/weights/tensor.js';
import { replaceSafetensors } from './replace-file.js';
import type { RunRecord } from './run-record.js';

/**
 * Metadata of a tower file: what `evoked temporal` and `evoked packs import` need to know of it.
 * @param epoch whose weights the file has
 */
export function towerMetadata({ options, facts, trainedOn }: RunRecord, epoch: number): Map<string, string> {
  return new Map([
    ['modality', options.modality],
    ['scale', `${options.labelScale}`],
    ['maxSeconds', `${facts.maxSeconds}`],
    ['trainedOn', trainedOn],
    ['epoch', `${epoch}`],
    ...(facts.extractorDigest === null ? [] : [['extractor', facts.extractorDigest] as const]),
  ]);
}

/**
 * Writes a tower file in one step.
 * @throws {EvokedError} ERR_FILE_WRITE
 */
export function writeTower(
  path: string,
  tensors: TensorMap,
  record: RunRecord,
  epoch: number,
): Promise<void> {
  return replaceSafetensors(path, tensors, towerMetadata(record, epoch));
}
