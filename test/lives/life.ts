// One life from birth to the end, where everything that was promised is looked at.
import { Broken, type LifeDisc, Machine, type Sabotage } from './machine.ts'
import { carryOut, type Life, type Operation } from './operations.ts'
import { volumeBlocks } from './volume.ts'

/** Flushes that may fail before one succeeds, when nothing is wrong any more: each loss is reported to one. */
const mostFlushes = 4

/** Rejects with an error that tells the life's story. */
export async function live({ birth, happens }: Life, sabotage?: Sabotage): Promise<void> {
  const machine = new Machine(birth, sabotage)
  const whole = (async () => {
    for (const op of happens) {
      machine.story.push(inWords(op))
      await carryOut(machine, op)
    }
    machine.story.push('the end')
    for (const disc of [...machine.discs, machine.discs[0] as LifeDisc]) await settle(machine, disc)
  })()
  try {
    await machine.clock.until(whole, Number.POSITIVE_INFINITY)
    await whole
  } catch (error) {
    const why = error instanceof Broken ? error.message : error instanceof Error ? error.stack : String(error)
    throw new Error(`${why}\n${JSON.stringify(birth)}\n${machine.story.join('\n')}`)
  }
}

/** The disc is put in, nothing fails any more but its bad packets: it is served, flushed and stopped, and has everything. */
async function settle(machine: Machine, disc: LifeDisc): Promise<void> {
  machine.calm()
  if (machine.running && machine.served !== disc) await carryOut(machine, { do: 'stop' })
  machine.put(disc)
  await carryOut(machine, { do: 'idle', seconds: 30 })
  if (machine.running && machine.served !== disc) await carryOut(machine, { do: 'stop' })
  for (let left = mostFlushes; ; left--) {
    // It ends by itself when it learns only now that its disc was away.
    if (!machine.running && !(await machine.start())) {
      // Torn, and no journal to mend it: nobody can tell which disc it is, and that is what the start says.
      if (volumeBlocks.some((block) => disc.disc.unreadable.has(block))) return
      throw new Broken(`disc ${disc.name} is not served, and nothing is wrong`)
    }
    if (await machine.flush(true, true)) break
    await machine.idle(10_000)
    if (left === 0) throw new Broken(`disc ${disc.name}: one flush after the other fails`)
  }
  const exitCode = await machine.stop()
  if (exitCode !== 0) throw new Broken(`disc ${disc.name}: stopped with ${exitCode}`)
}

/** `write at 410, blocks 9, fua false`. */
function inWords({ do: what, ...how }: Operation): string {
  const fields = Object.entries(how).map(([name, value]) => `${name} ${JSON.stringify(value)}`)
  return `${what} ${fields.join(', ')}`
}
