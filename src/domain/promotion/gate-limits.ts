/** The numbers of policy §6. Shares and ratios; seconds. */
export const gateLimits = {
  errorRate: 1.1,
  p99: 1.2,
  success: 0.995,
  automatic: { p99: 1.1, p99Seconds: 0.5, errorRate: 0.01 },
} as const
