import { compare, type Result } from './harness/compare.ts'
import { withDatabase } from './harness/database.ts'
import { each, perSecond } from './harness/timing.ts'
import { startServing } from './serving.ts'

const rounds = Number(process.env['BENCH_ROUNDS'] ?? 10)
const lanes = 64
const inEach = 6

/** `/rollback help`, until Slack knows that it arrived, against an app that only acknowledges. */
export async function acknowledge(): Promise<readonly Result[]> {
  return withDatabase(async (database) => {
    const serving = await startServing(database)
    const { slack, names, askerOf, channelOf } = serving
    try {
      serving.setApp(serving.ours)
      await slack.as(askerOf(0)).command('/rollback help', { channel: names[0] ?? '' })
      const first = slack.requests().findLast(({ sent }) => sent.body.includes('command='))
      const template = Object.fromEntries(new URLSearchParams(first?.sent.body))
      const type = (url: string) => {
        const { at, user, trigger } = serving.next()
        const channel = at % names.length
        return serving.post(url, {
          ...template,
          user_id: user,
          channel_id: channelOf(channel),
          channel_name: names[channel] ?? '',
          trigger_id: trigger,
        })
      }
      const afterwards = async (found: Promise<readonly number[]>) => {
        const samples = await found
        await serving.idle()
        return samples
      }
      return [
        await compare({
          what: `slash commands acknowledged, ${lanes} at once`,
          unit: 'per second',
          goal: { atLeast: 0.5 },
          rounds,
          ours: {
            name: 'countermand',
            round: () => afterwards(perSecond(lanes, inEach, () => type(serving.ours))),
          },
          theirs: {
            name: 'bare Bolt',
            round: () => perSecond(lanes, inEach, () => type(serving.theirs)),
          },
        }),
        await compare({
          what: 'a slash command acknowledged, one after the other',
          unit: 'ms',
          rounds,
          ours: {
            name: 'countermand',
            round: () => afterwards(each(30, () => type(serving.ours))),
          },
          theirs: { name: 'bare Bolt', round: () => each(30, () => type(serving.theirs)) },
        }),
      ]
    } finally {
      await serving.close()
    }
  })
}
