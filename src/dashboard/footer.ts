/** The last line: what is being asked or going on, else the keys in force. */
import type { SweepSnapshot } from '../sweep/monitor/monitor.js';
import { keysInForce } from './keys.js';
import { fitLine, lineWidth, span, type Line } from './styled-line.js';
import type { ViewState } from './view-state.js';

/** @param ownsRun whether stopping the dashboard stops the run */
export function renderFooter(snapshot: SweepSnapshot, view: ViewState, ownsRun: boolean, width: number): Line {
  if (view.typing) {
    return fitLine(
      [
        span(' filter ', 'accent'),
        span(view.order.filter),
        span(' ', 'chosen'),
        span('  enter keep  esc drop', 'faint'),
      ],
      width,
    );
  }
  const notice = noticeText(snapshot, view, ownsRun);
  return notice === null ? keyLine(view, width) : fitLine([span(` ${notice}`, 'warning')], width);
}

function noticeText(
  { counts, paused, stopping, finished, trials }: SweepSnapshot,
  view: ViewState,
  ownsRun: boolean,
): string | null {
  if (finished || !ownsRun) return null;
  const running = `${counts.running} running ${counts.running === 1 ? 'trial' : 'trials'}`;
  if (view.leaving) {
    const next = {
      null: `stop ${running} at a checkpoint, then quit`,
      drain: `abort ${running}`,
      abort: 'exit at once',
    }[stopping ?? 'null'];
    return `q again: ${next}  esc: go on`;
  }
  if (view.killing !== null) {
    const trial = trials.find(({ id }) => id === view.killing);
    return `X again: end trial #${trial?.number ?? '?'} as cancelled  esc: let it be`;
  }
  switch (stopping) {
    case 'drain':
      return `stopping: letting ${running} finish or reach a checkpoint  ctrl-c: abort`;
    case 'abort':
      return `aborting: ${running} back to the queue  ctrl-c: exit at once`;
    case null:
      return paused ? `paused: ${running} go on, no other starts  P: go on` : null;
    default:
      return stopping satisfies never;
  }
}

/** As many keys as fit whole. */
function keyLine(view: ViewState, width: number): Line {
  let line: Line = [];
  for (const { keys, does } of keysInForce(view)) {
    const longer = [...line, span(line.length === 0 ? ' ' : '   '), span(keys, 'strong'), span(` ${does}`, 'faint')];
    if (lineWidth(longer) > width) break;
    line = longer;
  }
  return fitLine(line, width);
}
