import { z } from 'zod'
import type { Alert } from '#domain/alerts/alert.ts'
import { labelsOf, line, Time } from '../texts.ts'

const Repository = z.object({ full_name: z.string().min(1).max(200) })
const Deployed = z.object({
  deployment_status: z.object({
    state: z.string(),
    environment: z.string().nullish(),
    description: z.string().nullish(),
    created_at: Time,
  }),
  deployment: z.object({
    environment: z.string(),
    ref: z.string().nullish(),
    sha: z.string().nullish(),
    task: z.string().nullish(),
  }),
  repository: Repository,
})
const Ran = z.object({
  action: z.string(),
  workflow_run: z.object({
    name: z.string().nullish(),
    workflow_id: z.number(),
    head_branch: z.string().nullish(),
    head_sha: z.string(),
    event: z.string(),
    conclusion: z.string().nullish(),
    created_at: Time,
    updated_at: Time,
  }),
  repository: Repository,
})

/**
 * A deployment or a workflow run that failed, and the next one that succeeds. Which of the two it is, the body says: the header with
 * its name is not signed. Every other event is nothing to us, and is taken all the same.
 */
export function github(body: unknown): readonly Alert[] {
  if (typeof body !== 'object' || body === null) throw new TypeError('no object')
  if ('deployment_status' in body) return deployment(Deployed.parse(body))
  return 'workflow_run' in body ? workflowRun(Ran.parse(body)) : []
}

function deployment({
  deployment_status: said,
  deployment: what,
  repository,
}: z.infer<typeof Deployed>): readonly Alert[] {
  const status = outcomes[said.state]
  if (status === undefined) return []
  const environment = said.environment || what.environment
  const why = said.description?.trim() ? `: ${said.description}` : ''
  return [
    {
      ...common(repository.full_name, `deployment:${environment}`, status),
      startsAt: said.created_at,
      name: line(`deployment to ${environment}`, 'name'),
      summary: line(
        `deployment of ${repository.full_name} to ${environment} ${said.state}${why}`,
        'summary',
      ),
      labels: labelsOf({
        kind: 'deployment',
        repository: repository.full_name,
        environment,
        ...(what.ref ? { ref: what.ref } : {}),
        ...(what.sha ? { sha: what.sha } : {}),
        ...(what.task ? { task: what.task } : {}),
      }),
    },
  ]
}

function workflowRun({
  action,
  workflow_run: run,
  repository,
}: z.infer<typeof Ran>): readonly Alert[] {
  const status = action === 'completed' ? outcomes[run.conclusion ?? ''] : undefined
  if (status === undefined) return []
  const branch = run.head_branch ?? ''
  const workflow = run.name ?? String(run.workflow_id)
  return [
    {
      ...common(repository.full_name, `workflow:${run.workflow_id}:${branch}`, status),
      startsAt: status === 'firing' ? run.created_at : run.updated_at,
      name: line(`workflow ${workflow}`, 'name'),
      summary: line(
        `workflow ${workflow} of ${repository.full_name} on ${branch}: ${run.conclusion ?? ''}`,
        'summary',
      ),
      labels: labelsOf({
        kind: 'workflow_run',
        repository: repository.full_name,
        workflow,
        branch,
        event: run.event,
        sha: run.head_sha,
      }),
    },
  ]
}

const common = (repository: string, what: string, status: Alert['status']) =>
  ({
    source: 'github',
    fingerprint: `${repository}:${what}`.slice(0, 500),
    status,
    severity: null,
    rollback: null,
  }) as const

/** A run that was cancelled or skipped says nothing. */
const outcomes: Readonly<Record<string, Alert['status']>> = {
  failure: 'firing',
  error: 'firing',
  timed_out: 'firing',
  success: 'resolved',
}
