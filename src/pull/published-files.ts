/** One file that others publish and `evoked packs pull` fetches. */
export interface PublishedFile {
  readonly id: 'efficientnet' | 'towers' | 'trill';
  /** For people. */
  readonly title: string;
  readonly url: string;
  /** Name among the downloads. */
  readonly fileName: string;
  readonly licence: string;
  /** Far above what is published; more is refused. */
  readonly maxBytes: number;
}

const MEGABYTE = 1_000_000;

/** EfficientNet-B0 trained with AutoAugment on ImageNet, by timm's tensor names; 21.4 MB. */
export const EFFICIENTNET_FILE: PublishedFile = {
  id: 'efficientnet',
  title: 'EfficientNet-B0 (timm, Hugging Face)',
  url: 'https://huggingface.co/timm/tf_efficientnet_b0.aa_in1k/resolve/main/model.safetensors',
  fileName: 'tf_efficientnet_b0.aa_in1k.safetensors',
  licence: 'Apache-2.0',
  maxBytes: 200 * MEGABYTE,
};

/** The temporal towers of the method's authors: checkpoints of PyTorch Lightning in a zip. */
export const TOWERS_FILE: PublishedFile = {
  id: 'towers',
  title: 'temporal towers (the authors, GitHub)',
  url: 'https://github.com/th2l/EvokedExpression-tcnpe/releases/download/v0.0.1/checkpoints.zip',
  fileName: 'evokedexpression-tcnpe-v0.0.1-checkpoints.zip',
  licence: 'MIT',
  maxBytes: 4000 * MEGABYTE,
};

/** The audio network: a TensorFlow SavedModel in a tar.gz. */
export const TRILL_FILE: PublishedFile = {
  id: 'trill',
  title: 'TRILL-distilled (Google, TensorFlow Hub)',
  url: 'https://tfhub.dev/google/nonsemantic-speech-benchmark/trill-distilled/3?tf-hub-format=compressed',
  fileName: 'trill-distilled-3.tar.gz',
  licence: 'Apache-2.0',
  maxBytes: 1000 * MEGABYTE,
};

/** Where a file is fetched from: its public address, or the same path and query below a mirror's. */
export function sourceUrl({ url }: PublishedFile, mirror: URL | null): URL {
  const source = new URL(url);
  if (mirror === null) return source;
  const below = new URL(mirror);
  below.pathname = below.pathname.replace(/\/+$/, '') + source.pathname;
  below.search = source.search;
  return below;
}
