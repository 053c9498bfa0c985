import { useState } from 'preact/hooks'

/** Which of the three first steps were followed: seen in the world where possible, else noticed as they are pressed. */
export function useSteps(state) {
  const [noted, setNoted] = useState({})
  const note = (step) => setNoted((before) => ({ ...before, [step]: true }))
  const { world } = state
  const isFailing = world?.services.some(({ errorRate }) => (errorRate ?? 0) >= 0.01) === true
  const asked = noted.asked === true || world?.incidents.length > 0
  const approved = world?.incidents.some((incident) => incident.approved) === true
  return {
    steps: {
      broken: noted.broken === true || isFailing || asked,
      asked,
      // By whoever had the authority: the record says so, and a press that is refused is none.
      approved,
    },
    shipped: () => note('broken'),
    sent: (words) => words.startsWith('/rollback ') && note('asked'),
  }
}
