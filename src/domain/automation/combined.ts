import { span } from '#domain/communication/words.ts'
import type { Sign } from './decide.ts'
import { type AutomationSettings, togetherFor } from './settings.ts'

/** Of signs that have lasted as long as they must, those that count: where all are asked for, one made of all of them, or none (policy §4). */
export function combined(
  signs: readonly Sign[],
  { triggers, combine }: Pick<AutomationSettings, 'triggers' | 'combine'>,
): readonly Sign[] {
  if (combine !== 'all') return signs
  const [first, ...others] = triggers.map((name) => signs.find(({ fired }) => fired.rule === name))
  if (!first || others.some((sign) => sign === undefined)) return []
  const all = [first, ...others.filter((sign) => sign !== undefined)]
  const fired = all.map((sign) => sign.fired)
  const alert = fired.find((one) => one.alert !== undefined)?.alert
  const doubtful = all.find(({ says }) => says !== 'roll_back')
  return [
    {
      ...(doubtful ?? first),
      fired: {
        ...first.fired,
        because: `${fired.map(({ because }) => because).join('; and ')} – together for more than ${span(togetherFor)}`,
        source: [...new Set(fired.map(({ source }) => source))].join(' and '),
        query: fired.map(({ query }) => query).join(' and '),
        from: Math.min(...fired.map(({ from }) => from)),
        delayMicros: Math.max(...fired.map(({ delayMicros }) => delayMicros)),
        ...(alert === undefined ? {} : { alert }),
      },
    },
  ]
}
