import { executorContract } from '../contract.ts'
import { platform } from './contract-platform.ts'

executorContract('an ECS service whose deployment waits at a hook', (trouble) =>
  platform({ pauses: true }, trouble, true),
)
