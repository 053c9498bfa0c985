import { executorContract } from '../contract.ts'
import { platform } from './contract-platform.ts'

// While ECS takes a deployment back, nobody knows which task definition it calls the service's own.
const ecs = { namesTheBadOneWhileRollingBack: true }

executorContract('an ECS service whose deployment bakes', (trouble) =>
  platform({ bakeMinutes: 600_000, ecs }, trouble, true),
)
