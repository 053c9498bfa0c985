import type { KnownBlock } from '@slack/types'
import { failureText } from '#domain/communication/paging-words.ts'
import { clockSeconds } from '#domain/communication/words.ts'
import { context, section } from './blocks.ts'
import { mrkdwn } from './markup.ts'
import type { CardInput } from './message.ts'

/** Whether people were called outside of Slack. Loud where that went wrong, and what to do about it; nothing where nobody was to be. */
export function pageBlocks({
  incident: { page },
}: Pick<CardInput, 'incident'>): readonly KnownBlock[] {
  const { called, failure } = page
  return [
    ...(failure ? [section(mrkdwn`⚠ ${capital(failureText(failure))}.`)] : []),
    ...(called
      ? [
          context(
            mrkdwn`Paged whoever is on call at ${clockSeconds(called.at)} UTC, through ${called.via}`,
          ),
        ]
      : []),
  ]
}

const capital = (text: string): string => `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`
