// Time for what the hooks wait for: it passes when somebody sleeps, and at once.
import type { Clock } from '../../src/mmc/clock.ts'

export class HookClock implements Clock {
  #now = 0
  now = (): number => this.#now
  sleep = async (ms: number): Promise<void> => this.pass(ms)
  pass(ms: number): void {
    this.#now += ms
  }
}
