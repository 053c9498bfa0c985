import type { ServiceId } from '#domain/ids.ts'
import type { Advice } from './advice.ts'
import type { Verdict } from './events.ts'

/** What to do, in the words of the first line. */
export const adviceText = (advice: Advice, service: ServiceId): string => texts[advice](service)

/** `Roll back checkout, critical`. */
export const verdictText = ({ advice, severity }: Verdict, service: ServiceId): string =>
  severity === null || advice === 'watch'
    ? adviceText(advice, service)
    : `${adviceText(advice, service)}, ${severity}`

const texts: Readonly<Record<Advice, (service: ServiceId) => string>> = {
  roll_back: (service) => `Roll back ${service}`,
  roll_back_canary: (service) => `Take the canary of ${service} away`,
  fix_forward: (service) => `Mend ${service}, do not roll it back`,
  look_elsewhere: (service) => `Going back would not cure ${service}`,
  watch: (service) => `${service} looks well`,
  inconclusive: (service) => `I cannot say how ${service} is`,
}
