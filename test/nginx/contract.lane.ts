import { describe, inject } from 'vitest'
import { nginxContract } from '../executors/nginx/contract-platform.ts'
import { nginxPromoterContract } from '../executors/nginx/promoter-platform.ts'
import { startRealNginx } from './real-nginx.ts'

describe.skipIf(inject('nginx') === null)('on a real nginx', () => {
  nginxContract(startRealNginx)
  nginxPromoterContract(startRealNginx)
})
