// A server on a socket of its own, and clients for it; all is cleaned up after the test.
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, onTestFinished } from 'vitest'
import type { Export } from '../../src/nbd/export.ts'
import { type NbdServer, serveNbd } from '../../src/nbd/server.ts'
import { goData, MemoryExport, RawClient, socketDir } from './memory.ts'

const MiB = 1024 * 1024

export interface Served<Disc> {
  disc: Disc
  server: NbdServer
  /** A connection, before the handshake. */
  client(): RawClient
  /** What the server reported of its clients. */
  problems: string[]
}

export async function serve(): Promise<Served<MemoryExport>>
export async function serve<Disc extends Export>(disc: Disc): Promise<Served<Disc>>
export async function serve(disc: Export = new MemoryExport(64 * MiB)): Promise<Served<Export>> {
  const cleanups: (() => unknown)[] = []
  onTestFinished(async () => {
    for (const cleanup of cleanups.reverse()) await cleanup()
  })
  const { dir, remove } = socketDir()
  cleanups.push(remove)
  const problems: string[] = []
  const path = `${dir}/nbd.sock`
  const server = await serveNbd({
    path,
    name: 'disc',
    export: disc,
    onProblem: (text) => problems.push(text),
  })
  cleanups.push(() => server.close())
  const client = () => {
    const raw = new RawClient(path)
    cleanups.push(() => raw.close())
    return raw
  }
  return { disc, server, client, problems }
}

/** Waits for something that happens on the other side of a socket. */
export async function eventually(what: () => boolean): Promise<void> {
  for (let i = 0; i < 200 && !what(); i++) await sleep(10)
  expect(what()).toBe(true)
}

/** The next client may have to wait for the one before to be forgotten. */
export async function stillServes({ client, problems }: Served<unknown>): Promise<void> {
  const raw = client()
  await raw.hello()
  for (let i = 0; (await raw.option(7, goData('disc'))).at(-1)?.type !== 1; i++) {
    expect(i).toBeLessThan(50)
    await sleep(10)
  }
  raw.request(3, 0, 0)
  expect((await raw.reply()).error).toBe(0)
  await raw.close()
  expect(problems).toEqual([])
}

/** Sockets of this thread that are open. */
export const sockets = () => process.getActiveResourcesInfo().filter((kind) => kind === 'PipeWrap').length

/** Their number when those of earlier tests have closed. */
export async function settledSockets(): Promise<number> {
  let last = sockets()
  for (let same = 0; same < 5; ) {
    await sleep(10)
    same = sockets() === last ? same + 1 : 0
    last = sockets()
  }
  return last
}
