import type { PreviewChannel } from '../delivery/preview-channel.js';
import type { ServerMetrics } from '../metrics/server-metrics.js';
import type { PipelineEvents } from './pipeline.js';
import type { SessionSource } from './session-source.js';
import type { StatusTeller } from './status-teller.js';
import type { StreamFigures } from './stream-figures.js';

/** Who wants to know of what happens in a pipeline beside scores. */
export interface PipelineListeners {
  /** The source that the pipeline plays. */
  readonly source: SessionSource;
  readonly figures: StreamFigures;
  readonly teller: StatusTeller;
  readonly preview: PreviewChannel;
  readonly metrics: ServerMetrics;
}

/** Brings what happens in a pipeline to all who count it or tell it. */
export function pipelineReports(listeners: PipelineListeners): PipelineEvents {
  const { source, figures, teller, preview, metrics } = listeners;
  return {
    status(status) {
      if (status.state === 'reconnecting') metrics.sourceRestarted();
      teller.source({ ...status, detail: source.redact(status.detail) });
    },
    tracks: (tracks) => figures.opened(tracks),
    decoded(report) {
      figures.decoded(report);
      metrics.decoded(report);
    },
    scoring: (segment) => preview.publish(segment),
    scored: (result) => metrics.scored(result),
    overloaded: () => teller.overloaded(),
    inferenceFailed(error) {
      metrics.inferenceFailed();
      teller.inferenceFailed(error);
    },
  };
}
