// Makes the frame of a statement from its settings, and keeps what was made last for each analyst, since few of them
// ever ask for other limits.
import { type Frame, plainFrame, preparedFrame } from './pipeline.ts';
import { type SessionLimits, settingsQuery } from './session-settings.ts';

/** A frame, and what tells it from those of other analysts and other limits. */
export type StatementFrame = Frame & { readonly id: number };

/** Gives the frame of a statement; `keepsSession`: of a connection that keeps lasting settings and our own commands. */
export type FrameOf = (limits: SessionLimits, keepsSession: boolean) => StatementFrame;

type Kept = SessionLimits & { readonly keepsSession: boolean; readonly frame: StatementFrame };

/** Starts with no frame. */
export function createFrames(): FrameOf {
  const kept = new WeakMap<object, Kept>();
  const ownReads = {};
  let made = 0;
  return (limits, keepsSession) => {
    const owner = limits.principal ?? ownReads;
    const known = kept.get(owner);
    if (known?.keepsSession === keepsSession && hasSameLimits(known, limits)) return known.frame;
    const settings = settingsQuery(limits, keepsSession);
    const frame = { id: made++, ...(keepsSession ? preparedFrame(settings) : plainFrame(settings)) };
    const { statementTimeoutMs, lockTimeoutMs, applicationName, searchPath } = limits;
    kept.set(owner, {
      statementTimeoutMs,
      lockTimeoutMs,
      applicationName,
      searchPath,
      keepsSession,
      frame,
    });
    return frame;
  };
}

function hasSameLimits(one: SessionLimits, other: SessionLimits): boolean {
  return (
    one.statementTimeoutMs === other.statementTimeoutMs &&
    one.lockTimeoutMs === other.lockTimeoutMs &&
    one.searchPath === other.searchPath &&
    one.applicationName === other.applicationName
  );
}
