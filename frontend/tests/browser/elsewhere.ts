import { createServer, type Server as WebServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A page of another origin. */
export async function host(text: string): Promise<{ url: string; server: WebServer }> {
  const web = createServer((_, answer) => answer.setHeader('Content-Type', 'text/html; charset=utf-8').end(text));
  await new Promise<void>(ready => web.listen(0, '127.0.0.1', ready));
  return { url: `http://localhost:${(web.address() as AddressInfo).port}/`, server: web };
}
