import type { WorkerEvents } from 'graphile-worker'

export interface HeldJobs {
  /** Their ids. */
  jobs(): readonly string[]
  /** Of those that are in one: only one of each goes on at a time. */
  queues(): readonly number[]
}

/** What is being worked on here, whatever the database says of it. */
export function heldJobs(events: WorkerEvents): HeldJobs {
  const held = new Map<string, number | null>()
  events.on('job:start', ({ job }) => held.set(job.id, job.job_queue_id))
  events.on('job:complete', ({ job }) => held.delete(job.id))
  return {
    jobs: () => [...held.keys()],
    queues: () => [...held.values()].filter((queue) => queue !== null),
  }
}
