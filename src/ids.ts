import { randomInt } from 'node:crypto'
import { incidentId, rollbackId } from '#domain/ids.ts'
import type { Ids } from '#ports/ids.ts'

/** Letters and digits that nobody mistakes for one another when read aloud. */
const letters = 'abcdefghjkmnpqrstuvwxyz23456789'

const spoken = (length: number): string =>
  Array.from({ length }, () => letters[randomInt(letters.length)]).join('')

/**
 * Incident ids go into channel names and are said on the phone; rollback ids only have to be unlike any other, and go into names of files
 * that people copy from a card: nothing in them may look like markup.
 */
export const ids: Ids = {
  incident: (service) => incidentId(`inc-${service.slice(0, 40)}-${spoken(6)}`),
  rollback: () => rollbackId(`rb_${spoken(20)}`),
}
