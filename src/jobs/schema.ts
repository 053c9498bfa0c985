import { z } from 'zod'
import { deliveryId, incidentId } from '#domain/ids.ts'

/** How often this piece of work has failed in a row; it decides the pause before the next try. */
const failures = z.number().int().nonnegative().default(0)

export const IncidentJob = z.object({ incident: z.string().transform(incidentId), failures })
export const SingleJob = z.object({ failures })
export const DeliveryJob = z.object({ delivery: z.string().transform(deliveryId), failures })
