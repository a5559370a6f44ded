/** M_rho, what it is made of, and how sure it is. */
export { bootstrapInterval, type BootstrapOptions, type Interval } from './bootstrap-interval.js';
export {
  meanCorrelation,
  mRho,
  type MRhoOptions,
  type UndefinedCorrelations,
  videoCorrelations,
} from './m-rho.js';
export { pearson } from './pearson.js';
