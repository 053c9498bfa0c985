import { executorContract } from '../contract.ts'
import { platform } from './contract-platform.ts'

executorContract('an ECS service whose former task definition was deregistered', (trouble) =>
  platform({ registerAgain: true }, trouble),
)
