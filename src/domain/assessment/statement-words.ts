import { percent, span } from '#domain/communication/words.ts'
import { type Saying, stated } from './statement.ts'

/** What somebody said, after “says”. */
export function statementText(said: Saying): string {
  switch (said.what) {
    case 'revenue':
      return `${percent(said.share)} of revenue is lost`
    case 'fix':
      return `${said.isSimple ? 'the cause is known, and a simple fix takes' : 'a fix takes'} ${span(said.takes)}`
    case 'canary-only':
      return 'only the canary suffers'
    case 'baseline-suffers':
      return 'the version before suffers as well'
    default:
      return stated[said.what].text
  }
}
