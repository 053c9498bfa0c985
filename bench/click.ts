import { z } from 'zod'
import { alone, compare, type Result } from './harness/compare.ts'
import { quantile } from './harness/figures.ts'
import { withDatabase } from './harness/database.ts'
import { pacer } from './harness/pacing.ts'
import { once, perSecond } from './harness/timing.ts'
import { type Serving, startServing } from './serving.ts'

const rounds = Number(process.env['BENCH_ROUNDS'] ?? 10)
/** Clicks sent at once, and how many follow each other. */
const lanes = 64
const each = 4
const pace = 100
const pacedClicks = 200

/** A press of [Approve], until Slack knows that it arrived, against an app that only acknowledges. */
export async function click(): Promise<readonly Result[]> {
  return withDatabase(async (database) => {
    const serving = await startServing(database)
    const { paced, close } = pacer(serving.signingSecret)
    try {
      const template = await pressed(serving)
      const press = (url: string) => serving.post(url, { payload: another(serving, template) })
      const worked: number[] = []
      const flood = async () => {
        const found = await perSecond(lanes, each, () => press(serving.ours))
        worked.push(await once(() => serving.idle()))
        return found
      }
      const throughput = await compare({
        what: `approve clicks, ${lanes} at once`,
        unit: 'per second',
        goal: { atLeast: 0.25 },
        rounds,
        ours: { name: 'countermand', round: flood },
        theirs: {
          name: 'bare Bolt',
          round: () => perSecond(lanes, each, () => press(serving.theirs)),
        },
      })
      const late: number[] = []
      const answered: number[] = []
      const p99 = async (url: string) => {
        const payloads = Array.from({ length: pacedClicks }, () => another(serving, template))
        const sent = await paced({ url, perSecond: pace, payloads })
        return [
          quantile(
            sent.map(({ took }) => took).toSorted((a, b) => a - b),
            0.99,
          ),
        ]
      }
      const slowest = await compare({
        what: `approve clicks, ${pace} a second: the slowest of a hundred`,
        unit: 'ms',
        goal: { atMost: 3 },
        rounds,
        ours: {
          name: 'countermand',
          round: async () => {
            const found = await p99(serving.ours)
            late.push(...found)
            answered.push(await once(() => serving.idle()))
            return found
          },
        },
        theirs: { name: 'bare Bolt', round: () => p99(serving.theirs) },
      })
      return [
        {
          ...throughput,
          notes: [
            `each is decided, refused, recorded and answered as well: ${Math.round(Math.max(...worked))} ms after the last of ${lanes * each} at most`,
          ],
        },
        {
          ...slowest,
          notes: [
            `${pacedClicks} of them: what they decide is carried out when the burst is over, or two seconds after each of them; all of it ${Math.round(Math.max(...answered))} ms after the last at most`,
          ],
        },
        alone({
          what: `approve clicks, ${pace} a second: the slowest of a hundred`,
          unit: 'ms',
          name: 'countermand',
          samples: late.slice(2),
          goal: { atMost: 50 },
        }),
      ]
    } finally {
      await Promise.all([close(), serving.close()])
    }
  })
}

const Template = z.looseObject({ user: z.looseObject({ id: z.string() }) })
type Template = z.infer<typeof Template>

/** A proposal for each service, and what Slack sends when somebody presses its button. */
async function pressed(serving: Serving): Promise<readonly Template[]> {
  const { slack, names, askerOf, onlookerOf, channelOf } = serving
  serving.setApp(serving.ours)
  const templates: Template[] = []
  for (const [at, name] of names.entries()) {
    await slack.as(askerOf(at)).command(`/rollback ${name} --reason "errors"`, { channel: name })
    const card = await slack.until(
      () =>
        slack
          .messages(channelOf(at))
          .find(({ message }) => slack.words(message).includes('[Approve]')),
      30_000,
    )
    await slack.as(onlookerOf(at)).click(card, 'Approve', { confirm: true })
    const sent = slack.requests().findLast(({ sent: one }) => one.body.startsWith('payload='))
    const payload = new URLSearchParams(sent?.sent.body).get('payload')
    templates.push(Template.parse(JSON.parse(payload ?? '{}')))
  }
  await serving.idle()
  return templates
}

/** The same press by somebody else. */
function another(serving: Serving, templates: readonly Template[]): string {
  const { at, user, trigger } = serving.next()
  const { response_url: _, ...press } = templates[at % templates.length] ?? { user: { id: user } }
  return JSON.stringify({ ...press, user: { ...press.user, id: user }, trigger_id: trigger })
}
