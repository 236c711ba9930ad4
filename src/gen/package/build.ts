// Writes a recipe below --out and has the package made of it.
import { lutimes, readdir, realpath, rm, stat, utimes } from 'node:fs/promises'
import path from 'node:path'
import { diagnose } from '../../diagnostics/catalogue.ts'
import type { Diagnostic } from '../../diagnostics/diagnostic.ts'
import { Stop } from '../../diagnostics/stop.ts'
import { realSystem } from '../../system/real.ts'
import { run } from '../../system/run.ts'
import type { System } from '../../system/system.ts'
import { makeDirectories } from '../../system/tree.ts'
import type { Node } from './payload.ts'
import type { Recipe } from './recipe.ts'

async function put(system: System, node: Node): Promise<void> {
  if (node.kind === 'directory') return system.makeDirectory(node.path, { mode: 0o755 })
  for (const at of [...above(node.path)].reverse())
    if (!(await system.isDirectory(at))) await system.makeDirectory(at, { mode: 0o755 })
  if (node.kind === 'link') return system.makeSymlink(node.path, node.target)
  return system.writeAtomic(node.path, node.bytes, { mode: node.mode })
}

/** From the nearest directory to the one below `/`. */
function* above(at: string): Generator<string> {
  for (let next = path.posix.dirname(at); next !== '/'; next = path.posix.dirname(next)) yield next
}

/** Everything below gets the same time; a directory last, since what is done in it changes its own. */
async function setTimes(at: string, epoch: number): Promise<void> {
  for (const entry of await readdir(at, { withFileTypes: true })) {
    const child = path.join(at, entry.name)
    if (entry.isDirectory()) await setTimes(child, epoch)
    else await lutimes(child, epoch, epoch)
  }
  await utimes(at, epoch, epoch)
}

/** Writes all of it, in the place of what an earlier run left. Throws Stop. */
export async function writeRecipe(out: string, { stages, nodes }: Recipe, epoch: number): Promise<string> {
  let at = out
  try {
    await makeDirectories(out)
    const whole = await realpath(out)
    for (const stage of stages) await rm(path.join(whole, stage), { recursive: true, force: true })
    const system = realSystem(whole)
    for (const node of nodes) {
      at = node.path
      await put(system, node)
    }
    for (const stage of stages) {
      at = stage
      const there = path.join(whole, stage)
      if ((await stat(there)).isDirectory()) await setTimes(there, epoch)
      else await utimes(there, epoch, epoch)
    }
    return whole
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new Stop([diagnose('gen.write-failed', { path: at, reason })])
  }
}

export interface Built {
  /** Below --out; undefined when no builder is installed. */
  product: string | undefined
  diagnostics: Diagnostic[]
}

/** Calls the first builder that is there. Throws Stop when it fails. */
export async function build(out: string, recipe: Recipe, format: string, epoch: number): Promise<Built> {
  await rm(path.join(out, recipe.product), { force: true })
  const here = (word: string): string => word.replaceAll('{out}', out)
  for (const { program, argv, env, needs } of recipe.builders) {
    if (needs !== undefined && (await run(needs, ['--version'])).code === 127) continue
    const variables = Object.entries(env ?? {}).map(([name, value]) => [name, here(value)])
    const result = await run(program, argv.map(here), {
      timeoutMs: 600_000,
      cwd: out,
      env: { SOURCE_DATE_EPOCH: String(epoch), ...Object.fromEntries(variables) },
    })
    for (const name of recipe.leftovers ?? [])
      await rm(path.join(out, name), { recursive: true, force: true })
    if (result.code === 127) continue
    if (result.code === 0) return { product: recipe.product, diagnostics: [] }
    const said = (result.stderr.trim() || result.stdout.trim()).split('\n').slice(-5).join(' / ')
    throw new Stop([diagnose('gen.builder-failed', { program, reason: said })])
  }
  const names = recipe.builders.flatMap(({ program, needs }) => [program, needs ?? []].flat()).join(' or ')
  const packages = recipe.builders.map(({ from }) => from).join(' or ')
  const product = path.posix.basename(recipe.product)
  return {
    product: undefined,
    diagnostics: [diagnose('gen.no-builder', { format, programs: names, package: packages, product })],
  }
}
