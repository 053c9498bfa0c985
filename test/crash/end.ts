import { breaches } from '../support/history-checker.ts'
import { collected } from '../support/history-checker/collect.ts'
import { servedBy, wrongBeside } from './beside.ts'
import type { Crew } from './crew.ts'
import { otherId, personId } from './organisation.ts'
import { type Story, workloadOf } from './story.ts'

/** What is not as it must be: promises, the cluster, the room in Slack. */
export async function endOf(crew: Crew, story: Story, name: string): Promise<readonly string[]> {
  const { runs, paged, isCalm, isTakenBack } = story
  const { cluster, slack, pager, keys, database } = crew
  const people = [personId(name), otherId(name)]
  const all = await collected({
    owner: database.owner,
    keys,
    clusters: [cluster],
    slack,
    service: name,
  })
  const { timelines } = all
  const ids = timelines.flatMap(({ incident, events }) => [
    incident,
    ...events.flatMap(({ kind, payload }) =>
      kind === 'rollback_requested' ? String(Object(payload)['rollback']) : [],
    ),
  ])
  const run = {
    ...all,
    cluster: all.cluster.filter(({ path }) =>
      path.split('/').some((part) => part === name || part.startsWith(`${name}-`)),
    ),
    slack: {
      asked: all.slack.asked.filter(({ by }) => people.includes(by)),
      answered: all.slack.answered.filter(({ to }) => people.includes(to)),
      messages: all.slack.messages.filter(({ key }) =>
        [...ids, ...people].some((id) => key?.includes(id)),
      ),
    },
  }
  const image = story.on
    ? await crew.elsewhere.platformOf({ on: story.on, name }).runs(name)
    : servedBy(cluster, { ...workloadOf(story), name })
  const incidents = timelines.filter(({ incident }) => incident.startsWith('inc-')).length
  const rooms = slack.channels().filter((room) => room.name.startsWith(`inc-${name}-`)).length
  const frozen = JSON.stringify(
    cluster.get('ConfigMap', 'production', 'countermand-freeze') ?? {},
  ).includes(`.${name}"`)
  const calls = pager.calls().filter(({ service }) => service === name)
  return [
    ...(calls.length === (paged ? 1 : 0) ? [] : [`${calls.length} calls`]),
    ...calls
      .filter(({ state }) => state !== 'resolved')
      .map(({ state }) => `the pager was left ${state}`),
    ...breaches(run).map(({ broken, where, why }) => `${broken} ${where}: ${why}`),
    ...(incidents === (isCalm ? 0 : 1) ? [] : [`${incidents} incidents`]),
    ...(rooms === (isCalm ? 0 : 1) ? [] : [`${rooms} channels`]),
    ...(image === `shop/${name}:${runs}` ? [] : [`${story.on ?? 'the cluster'} runs ${image}`]),
    ...(await crew.elsewhere.wrong({ ...workloadOf(story), name }, isTakenBack)),
    ...wrongBeside(cluster, { ...workloadOf(story), name }),
    ...(frozen ? ['deploys are still frozen'] : []),
  ]
}
