/** The documentation of the API: its OpenAPI document, with every request to try. */
import SwaggerUI from 'swagger-ui-dist/swagger-ui-es-bundle.js';
import 'swagger-ui-dist/swagger-ui.css';
import './css/docs.css';

const docs = document.getElementById('docs');

/** The parts of the page beside the main one, which it has itself, and what they are called. */
const parts = [
  ['.information-container', 'banner', 'About the API'],
  ['.scheme-container', 'region', 'Server'],
  ['.filter', 'search', 'Filter'],
  ['.models', 'region', 'Schemas'],
] as const;

/** What Swagger UI leaves out for those who hear the page: its parts, headings in order, a name for each field. */
function describe(): void {
  for (const [selector, role, name] of parts) {
    const part = docs?.querySelector(selector);
    part?.setAttribute('role', role);
    part?.setAttribute('aria-label', name);
  }
  document.getElementById('servers')?.setAttribute('aria-label', 'Server');
  for (const heading of docs?.querySelectorAll('h3, h4, h5') ?? []) {
    heading.setAttribute('aria-level', String(Number(heading.tagName.slice(1)) - 1));
  }
}

// It makes parts of the page anew whenever one is opened or the list is narrowed.
if (docs) new MutationObserver(describe).observe(docs, { childList: true, subtree: true });

SwaggerUI({
  dom_id: '#docs',
  // Beside this page, at /api/docs.
  url: './openapi.json',
  docExpansion: 'none',
  filter: true,
  tryItOutEnabled: true,
  deepLinking: true,
  // Nothing is asked of any other server.
  validatorUrl: null,
});
