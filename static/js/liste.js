// Selection across the pages of a list, and the way back to the row one came from. The list works without it: one page
// of ticks, or everything that is filtered.
(() => {
  "use strict";
  const formulaire = document.querySelector("form[data-liste]");
  if (!formulaire) return;
  const nom = formulaire.dataset.liste;
  const requete = new URLSearchParams(formulaire.querySelector("[name=requete]")?.value || "");
  requete.delete("page");
  const cle = `selection-${nom}`;
  const retour = `retour-${nom}`;

  // --- The row one came from, marked by the address: keyboard users start from there too.
  const lire = (c) => { try { return JSON.parse(sessionStorage.getItem(c)); } catch { return null; } };
  const garder = (c, v) => { try { sessionStorage.setItem(c, JSON.stringify(v)); } catch { /* private browsing */ } };
  formulaire.addEventListener("click", (e) => {
    const lien = e.target.closest("th[id] > a");
    if (lien) garder(retour, lien.parentElement.id);
  });
  const quitte = lire(retour);
  if (quitte && !location.hash) {
    const rang = document.getElementById(quitte);
    if (rang) {
      rang.scrollIntoView({ block: "center" });
      rang.querySelector("a").focus({ preventScroll: true });
    }
    try { sessionStorage.removeItem(retour); } catch { /* nothing was kept */ }
  }

  const cases = [...formulaire.querySelectorAll("input[name=d]")];
  if (!cases.length) return;
  const tous = formulaire.querySelector("[data-tous]");
  const page = formulaire.querySelector("[data-page]");
  const nombre = formulaire.querySelector("[data-nombre]");
  const ailleurs = formulaire.querySelector("[data-ailleurs]");
  const decocher = formulaire.querySelector("[data-decocher]");
  // Other filters are another selection: nobody acts on what they no longer see counted.
  const garde = lire(cle);
  const choisis = new Set(garde && garde.filtres === requete.toString() ? garde.dossiers : []);
  page.hidden = false;
  cases.forEach((c) => { if (choisis.has(c.value)) c.checked = true; });

  const dire = () => {
    const ici = cases.filter((c) => c.checked).length;
    const total = tous.checked ? Number(tous.dataset.tous) : choisis.size;
    const autres = choisis.size - ici;
    const pluriel = total > 1 ? "s" : "";
    nombre.textContent = total
      ? `${total} dossier${pluriel} sélectionné${pluriel}${!tous.checked && autres ? `, dont ${autres} sur d’autres pages` : ""}`
      : "Cochez des dossiers, ou :";
    decocher.hidden = !total;
    page.checked = ici === cases.length;
    page.indeterminate = ici > 0 && ici < cases.length;
    const dIci = new Set(cases.map((c) => c.value));
    ailleurs.value = [...choisis].filter((v) => !dIci.has(v)).join(",");
    garder(cle, { filtres: requete.toString(), dossiers: [...choisis] });
  };
  const noter = (c) => (c.checked ? choisis.add(c.value) : choisis.delete(c.value));

  formulaire.addEventListener("change", (e) => {
    if (e.target === page) cases.forEach((c) => { c.checked = page.checked; noter(c); });
    else if (e.target.name === "d") noter(e.target);
    if (e.target === page || e.target.name === "d") tous.checked = false;
    dire();
  });
  decocher.addEventListener("click", () => {
    choisis.clear();
    cases.forEach((c) => { c.checked = false; });
    tous.checked = false;
    dire();
    tous.focus();
  });
  // Once the acts are asked for, the selection has served: coming back starts afresh.
  formulaire.addEventListener("submit", () => { try { sessionStorage.removeItem(cle); } catch { /* nothing kept */ } });
  dire();
})();
