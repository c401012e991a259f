/** The documentation of the API: its OpenAPI document, with every request to try. */
import SwaggerUI from 'swagger-ui-dist/swagger-ui-es-bundle.js';
import 'swagger-ui-dist/swagger-ui.css';
import './css/docs.css';

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
