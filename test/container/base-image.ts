// The base image that the Dockerfile asks for: from a registry where one answers, else made here of Debian packages and Node's npm package, and kept for the next run.
import { hash } from 'node:crypto';
import { cp, lstat, mkdir, mkdtemp, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Engine } from './engine.ts';
import { runProgram } from './pretended-host.ts';

const projectRoot = fileURLToPath(new URL('../../', import.meta.url));
const npmVersion = '11.4.2';

/** Name of an image that serves as NODE_IMAGE, and whether it is the real one. */
export type BaseImage = { readonly name: string; readonly isReal: boolean };

/** Finds or makes the base image in the engine: seconds, or half a minute where it has to be made for the first time. */
export async function baseImage(engine: Engine): Promise<BaseImage> {
  const dockerfile = await readFile(join(projectRoot, 'Dockerfile'), 'utf8');
  const name = /^ARG NODE_IMAGE=(\S+)$/m.exec(dockerfile)?.[1] ?? '';
  for (const words of [['inspect'], ['pull', '--quiet']]) {
    const { code } = await engine.tryDocker('image', ...words, name);
    if (code === 0) return { name, isReal: true };
  }
  const local = `pg-analytics-mcp-test/${name}`;
  const archive = await rootArchive();
  const words = ['image', 'import'];
  for (const [variable, value] of Object.entries(await npmSettings()))
    words.push('--change', `ENV ${variable}=${value}`);
  await engine.docker(...words, archive, local);
  return { name: local, isReal: false };
}

/** What npm needs inside a build to reach the registry as it does outside: its address, and a private authority. */
async function npmSettings(): Promise<Record<string, string>> {
  const { stdout } = await runProgram('npm', ['config', 'get', 'registry']);
  const settings = { npm_config_registry: stdout.trim() };
  const certificates = process.env['NODE_EXTRA_CA_CERTS'];
  return certificates === undefined ? settings : { ...settings, NODE_EXTRA_CA_CERTS: certificatesPath };
}

const certificatesPath = '/etc/ssl/certs/ca-certificates.crt';

/** A root file system like that of node:*-bookworm-slim, as a tar archive. Another file for another Node, npm or authority. */
async function rootArchive(): Promise<string> {
  const authority = process.env['NODE_EXTRA_CA_CERTS'];
  const trusted = authority === undefined ? 'public' : hash('sha256', await readFile(authority)).slice(0, 16);
  const name = `node-${process.versions.node}-npm-${npmVersion}-${trusted}-bookworm.tar`;
  const archive = join(await cacheFolder(), name);
  if ((await lstat(archive).catch(() => undefined)) !== undefined) return archive;
  const work = await mkdtemp(join(tmpdir(), 'base-image-'));
  // Test files that run side by side may all find none, and each makes its own: the last to finish stays.
  const unfinished = `${archive}.${basename(work)}`;
  try {
    await addNode(join(work, 'tree'));
    await makeRoot(work, unfinished);
    await rename(unfinished, archive);
  } finally {
    await rm(work, { recursive: true, force: true });
    await rm(unfinished, { force: true });
  }
  return archive;
}

/** A folder that only this user can have made; another's would let them choose what runs in our containers. */
async function cacheFolder(): Promise<string> {
  const uid = process.getuid?.() ?? 0;
  const folder = `/var/tmp/pg-analytics-mcp-test-${uid}`;
  await mkdir(folder, { mode: 0o700, recursive: true });
  const found = await lstat(folder);
  if (!found.isDirectory() || found.uid !== uid || (found.mode & 0o022) !== 0) {
    throw new Error(`"${folder}" does not belong to this user alone; remove it`);
  }
  return folder;
}

async function addNode(tree: string): Promise<void> {
  const local = join(tree, 'usr/local');
  await mkdir(join(local, 'bin'), { recursive: true });
  await cp(process.execPath, join(local, 'bin/node'));
  const npm = join(dirname(tree), 'npm');
  await mkdir(npm);
  const installed = await runProgram('npm', ['install', '--prefix', npm, `npm@${npmVersion}`]);
  if (installed.code !== 0) throw new Error(`npm could not be had: ${installed.stderr.slice(0, 1000)}`);
  await cp(join(npm, 'node_modules/npm'), join(local, 'lib/node_modules/npm'), { recursive: true });
  for (const name of ['npm', 'npx']) {
    await symlink(`../lib/node_modules/npm/bin/${name}-cli.js`, join(local, 'bin', name));
  }
  const certificates = process.env['NODE_EXTRA_CA_CERTS'];
  if (certificates === undefined) return;
  await mkdir(dirname(join(tree, certificatesPath)), { recursive: true });
  await writeFile(join(tree, certificatesPath), await readFile(certificates));
}

/** As debian:bookworm-slim is made: the required packages, without documentation, and without perl's libraries. */
async function makeRoot(work: string, archive: string): Promise<void> {
  const words = ['--variant=minbase', '--quiet', '--format=tar'];
  for (const folder of ['doc', 'man', 'locale', 'info'])
    words.push(`--dpkgopt=path-exclude=/usr/share/${folder}/*`);
  words.push(
    '--dpkgopt=path-include=/usr/share/doc/*/copyright',
    '--customize-hook=chroot "$1" apt-get -qq purge -y --auto-remove perl libperl5.36 perl-modules-5.36 || true',
    '--customize-hook=rm -rf "$1"/var/lib/apt/lists/* "$1"/var/cache/apt/*',
    `--customize-hook=sync-in '${join(work, 'tree')}' /`,
  );
  const made = await runProgram('mmdebstrap', [...words, 'bookworm', archive]);
  if (made.code !== 0) throw new Error(`mmdebstrap failed: ${made.stderr.slice(-2000)}`);
}
