// pktw-gen in this thread: what it prints, and its exit code.
import { vi } from 'vitest'
import { pktwGen } from '../../src/gen/program.ts'

export interface Ran {
  status: number | null
  stdout: string
  stderr: string
}

export async function gen(...argv: string[]): Promise<Ran> {
  const ran: Ran = { status: null, stdout: '', stderr: '' }
  const catcher = (stream: 'stdout' | 'stderr') =>
    vi.spyOn(process[stream], 'write').mockImplementation((text) => {
      ran[stream] += String(text)
      return true
    })
  const spies = [catcher('stdout'), catcher('stderr')]
  try {
    ran.status = await pktwGen(argv)
  } finally {
    for (const spy of spies) spy.mockRestore()
  }
  return ran
}
