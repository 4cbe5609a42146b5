// Stores that no package of the tests' machines has, in containers: only where an engine has their image, or may fetch it.
import { execFileSync } from 'node:child_process';
import type { StoreServer } from './store-servers.ts';

/** Images by kind; TEST_MONGODB_IMAGE and TEST_ELASTICSEARCH_IMAGE name others. */
const images = {
  mongodb: process.env['TEST_MONGODB_IMAGE'] ?? 'mongo:8',
  elasticsearch:
    process.env['TEST_ELASTICSEARCH_IMAGE'] ?? 'docker.elastic.co/elasticsearch/elasticsearch:9.2.0',
};

type Kind = keyof typeof images;

/** Why a kind cannot run in a container here; undefined where it can. `TEST_STORE_CONTAINERS=fetch` lets the engine fetch the image. */
export function containerMissing(kind: Kind): string | undefined {
  try {
    execFileSync('docker', ['info'], { stdio: 'ignore', timeout: 3_000 });
  } catch {
    return 'no Docker engine answers';
  }
  if (process.env['TEST_STORE_CONTAINERS'] === 'fetch') return undefined;
  try {
    execFileSync('docker', ['image', 'inspect', images[kind]], { stdio: 'ignore', timeout: 3_000 });
    return undefined;
  } catch {
    return `the engine does not have the image ${images[kind]}`;
  }
}

export function startMongodb(): Promise<StoreServer> {
  return startContainer('mongodb', 27_017, {});
}

export function startElasticsearch(): Promise<StoreServer> {
  const settings = { 'discovery.type': 'single-node', 'xpack.security.enabled': 'false' };
  return startContainer('elasticsearch', 9_200, { ...settings, ES_JAVA_OPTS: '-Xms512m -Xmx512m' });
}

async function startContainer(
  kind: Kind,
  port: number,
  environment: Record<string, string>,
): Promise<StoreServer> {
  // Loaded only here: it takes half a second.
  const { GenericContainer, Wait } = await import('testcontainers');
  const container = await new GenericContainer(images[kind])
    .withExposedPorts(port)
    .withEnvironment(environment)
    .withWaitStrategy(
      kind === 'mongodb'
        ? Wait.forLogMessage(/waiting for connections/i)
        : Wait.forHttp('/_cluster/health?wait_for_status=yellow', port),
    )
    .withStartupTimeout(110_000)
    .start();
  const end = async () => void (await container.stop());
  const notAgain = async () => {
    throw new Error('a container gets another port when it starts again');
  };
  return { port: container.getMappedPort(port), start: notAgain, stop: end, remove: end };
}
