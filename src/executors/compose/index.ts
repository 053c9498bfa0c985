import { defineExecutor } from '#executors/define-executor.ts'
import type { Executor } from '#ports/executor.ts'
import { apply } from './apply.ts'
import { candidates } from './candidates.ts'
import { changedSince } from './changed-since.ts'
import type { ComposeParts } from './context.ts'
import { evidence } from './evidence.ts'
import { examine } from './examine.ts'
import { observe } from './observe.ts'
import { progress } from './progress.ts'
import { composeQuiescer } from './quiescer.ts'
import { route } from './route.ts'
import { AnyComposeChange, ComposeTarget } from './schema.ts'
import { applyRunning, runningProgress } from './set-running.ts'
import { verify } from './verify.ts'

/** Services of Docker Compose, on any engine that can be reached. */
export const compose = (parts: ComposeParts): Executor => ({
  ...defineExecutor({
    kind: 'compose',
    Spec: ComposeTarget,
    Change: AnyComposeChange,
    problems: ({ docker }) =>
      parts.hosts.has(docker) ? [] : [`docker: no Docker ${docker} is configured`],
    observe: (target, signal) => observe(parts, target, signal),
    route: (target, observed, to, _operation, signal) => route(parts, target, observed, to, signal),
    changedSince: (plan, signal) => changedSince(parts, plan, signal),
    apply: (change, operation, signal) =>
      change.kind === 'set_running'
        ? applyRunning(parts, change, signal)
        : apply(parts, change, operation, signal),
    progress: (change, signal) =>
      change.kind === 'set_running'
        ? runningProgress(parts, change, signal)
        : progress(parts, change, signal),
    verify: (target, to, signal) => verify(parts, target, to, signal),
    evidence: (target, bad, signal) => evidence(parts, target, bad, signal),
    candidates: (target, observed) => candidates(parts, target, observed),
    examine: ({ spec }, signal) => examine(parts, spec, signal),
    lookCommand: ({ spec: { project, service } }) =>
      `docker compose -p ${project} ps -a ${service}`,
  }),
  quiescer: composeQuiescer(parts),
})
