import { afterAll } from 'vitest'
import { closeRealBackend } from './real-backend.ts'

afterAll(closeRealBackend)
