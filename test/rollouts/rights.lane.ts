import { expect, test } from 'vitest'
import { NotAllowed } from '#ports/executor.ts'
import { deployedGrants } from '#sandbox/cluster/role.ts'
import { carriedOut, freshWorlds, signal, type World } from './world.ts'

const fresh = freshWorlds()
const rights = deployedGrants('rbac')
  .filter(({ group }) => group === 'argoproj.io')
  .map(({ verb, resource }) => [verb, resource] as const)

/** What shows first without each of them. */
const noticed: Readonly<Record<string, string>> = {
  'get rollouts': 'refused',
  'list rollouts': 'refused',
  'watch rollouts': 'warned',
  'patch rollouts': 'refused',
  'patch rollouts/status': 'refused',
}

test('the Role in deploy/rbac.yaml is enough, and the examination finds nothing', async () => {
  const w = await fresh()

  const found = await w.executor.examine(w.target, signal())
  const { steps, blockers, warnings } = await w.plan('v2.2.1')
  const ends = await carriedOut(w, steps)

  expect([found, blockers, warnings]).toEqual([[], [], []])
  expect(ends.map(({ kind }) => kind)).toEqual(['settled'])
})

test.for(rights)('without the right to %s %s the plan says so', async ([verb, resource]) => {
  const w = await fresh()
  await w.cluster.forbid(verb, resource)

  const found = await w.executor.examine(w.target, signal())

  expect(await shown(w)).toEqual([`${noticed[`${verb} ${resource}`]}: ${verb} ${resource}`])
  expect(found.map(({ text }) => text)).toEqual([
    expect.stringContaining(`may not ${verb} ${resource} in `),
  ])
})

async function shown(w: World): Promise<readonly string[]> {
  try {
    const { blockers, warnings } = await w.plan('v2.2.1')
    return [
      ...blockers.flatMap((one) =>
        one.kind === 'not_allowed' ? [`refused: ${one.verb} ${one.resource}`] : [],
      ),
      ...warnings.flatMap((one) =>
        one.kind === 'missing_right' ? [`warned: ${one.verb} ${one.resource}`] : [],
      ),
    ]
  } catch (error) {
    if (error instanceof NotAllowed) return [`refused: ${error.verb} ${error.resource}`]
    throw error
  }
}
