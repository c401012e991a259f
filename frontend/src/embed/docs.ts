/** The page that documents the embedded map: its examples carry the address it is read at. */
import '../css/colors.css';
import '../css/page.css';
import '../css/embed-docs.css';
import './element';

const home = new URL('..', location.href).href;

function write(id: string, text: string): void {
  const node = document.getElementById(id);
  if (node) node.textContent = text;
}

write(
  'element-code',
  `<script type="module" src="${home}embed.js"></script>\n\n<oxus-map date="2022-05-01" view="8/36.9/71.5" layers="crossings,bazaars"\n  title="Crossings and bazaars on 1 May 2022"></oxus-map>`,
);
write(
  'frame-code',
  `<iframe src="${home}embed?map=8/36.9/71.5&amp;date=2022-05-01&amp;layers=crossings,bazaars"\n  title="Crossings and bazaars on 1 May 2022" width="100%" height="480" loading="lazy"\n  sandbox="allow-scripts allow-same-origin allow-popups allow-popups-to-escape-sandbox"></iframe>`,
);
