/** One server for all files that only read, started before the first of them. */
import type { TestProject } from 'vitest/node';
import { startServer } from './server';

declare module 'vitest' {
  interface ProvidedContext {
    sharedServer: string;
  }
}

export default async function shareServer(project: TestProject): Promise<() => Promise<void>> {
  const server = await startServer();
  project.provide('sharedServer', server.url);
  return server.stop;
}
