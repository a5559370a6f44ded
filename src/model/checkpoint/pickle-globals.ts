import { type GlobalRole, PickleGlobal } from './pickle-values.js';
import { refuse } from './refuse.js';
import { STORAGE_TYPES } from './storage-types.js';

/** Classes that Lightning, NumPy and Python leave in checkpoints, and whose content no tower needs. */
const INERT = [
  'pytorch_lightning.callbacks.model_checkpoint.ModelCheckpoint',
  'pytorch_lightning.callbacks.early_stopping.EarlyStopping',
  'pytorch_lightning.callbacks.swa.StochasticWeightAveraging',
  'pytorch_lightning.callbacks.stochastic_weight_avg.StochasticWeightAveraging',
  'pytorch_lightning.callbacks.lr_monitor.LearningRateMonitor',
  'pytorch_lightning.callbacks.progress.ProgressBar',
  'pytorch_lightning.utilities.parsing.AttributeDict',
  'torch.optim.swa_utils.SWALR',
  'torch.Size',
  'torch.device',
  ...['float16', 'bfloat16', 'float32', 'float64', 'int64', 'uint8', 'bool'].map((type) => `torch.${type}`),
  'numpy.dtype',
  'numpy.core.multiarray.scalar',
  'numpy._core.multiarray.scalar',
  '_codecs.encode',
  '__builtin__.set',
  'builtins.set',
  'collections.Counter',
  'argparse.Namespace',
  'pathlib.PosixPath',
  'pathlib.PurePosixPath',
  'pathlib.WindowsPath',
  'yacs.config.CfgNode',
];

/** The learning-rate schedule of weight averaging keeps one of its own functions, which Python pickles as a getattr. */
const ANNEALING: GlobalRole = {
  type: 'attribute',
  of: 'torch.optim.swa_utils.SWALR',
  names: ['_cosine_anneal', '_linear_anneal'],
};

const ALLOWED: ReadonlyMap<string, GlobalRole> = new Map<string, GlobalRole>([
  ...STORAGE_TYPES.map((storage) => [`torch.${storage.name}`, { type: 'storage', storage }] as const),
  ['collections.OrderedDict', { type: 'dict' }],
  ['torch._utils._rebuild_tensor', { type: 'rebuild-tensor' }],
  ['torch._utils._rebuild_tensor_v2', { type: 'rebuild-tensor' }],
  ['torch._utils._rebuild_parameter', { type: 'rebuild-parameter' }],
  ['__builtin__.getattr', ANNEALING],
  ['builtins.getattr', ANNEALING],
  ...INERT.map((name) => [name, { type: 'inert' }] as const),
]);

/**
 * The inert tag of a global.
 * @throws {EvokedError} ERR_MODEL_WEIGHTS that names it where it is not exactly one of the allowlist
 */
export function allowedGlobal(module: string, name: string): PickleGlobal {
  const qualified = `${module}.${name}`;
  // A dot in the name would let another split of the same text pass as an allowed one.
  const role = name.includes('.') ? undefined : ALLOWED.get(qualified);
  if (role === undefined) {
    refuse(
      'checkpoint asks for a class or function that is not allowed',
      qualified,
      'tensors and plain data',
    );
  }
  return new PickleGlobal(qualified, role);
}
