/** Which TensorFlow.js does the arithmetic of training. */
export { openBackend, type TensorFlow, type TrainingBackend } from './open-backend.js';
