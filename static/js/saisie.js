// What was typed when the session had ended: kept by this tab until the person has logged in again, then given back.
// Nothing is kept when the form was received, nor for another agent, nor after half a day.
(() => {
  "use strict";

  const CLE = "dpid-saisie";
  const DUREE = 12 * 3600 * 1000;
  const agent = document.body.dataset.agent || "";

  function lire() {
    try {
      const lu = JSON.parse(sessionStorage.getItem(CLE));
      return lu && Date.now() - lu.le < DUREE ? lu : null;
    } catch {
      return null;
    }
  }

  function oublier() {
    try {
      sessionStorage.removeItem(CLE);
    } catch {
      // a browser that refuses storage keeps nothing
    }
  }

  document.addEventListener("submit", (e) => {
    const formulaire = e.target;
    if (e.defaultPrevented || formulaire.method !== "post" || formulaire.dataset.sansMemoire !== undefined) return;
    if (!agent || !formulaire.closest("main") || formulaire.querySelector("input[type=password]")) return;
    const champs = [...new FormData(formulaire)].filter(([nom, v]) => typeof v === "string" && nom !== "csrfmiddlewaretoken");
    const rang = [...document.forms].indexOf(formulaire);
    try {
      sessionStorage.setItem(CLE, JSON.stringify({ chemin: location.pathname, agent, rang, champs, le: Date.now() }));
    } catch {
      // too big, or refused: the browser's own « back » remains
    }
  });

  function rendre(garde) {
    const formulaire = document.forms[garde.rang];
    if (!formulaire) return;
    const valeurs = new Map();
    garde.champs.forEach(([nom, valeur]) => valeurs.set(nom, [...(valeurs.get(nom) || []), valeur]));
    // Rows of the lists first: they are made by the same button as by hand.
    valeurs.forEach((liste, nom) => {
      if (!nom.endsWith("-TOTAL_FORMS")) return;
      const bouton = formulaire.querySelector(`[data-ajouter="${CSS.escape(nom.replace("-TOTAL_FORMS", ""))}"]`);
      const total = formulaire.elements[nom];
      for (let i = 0; bouton && total && Number(total.value) < Number(liste[0]) && i < 200; i += 1) bouton.click();
    });
    [...formulaire.elements].forEach((champ) => {
      if (!champ.name || champ.name === "csrfmiddlewaretoken" || champ.type === "file" || champ.type === "submit") return;
      if (champ.name.endsWith("_FORMS")) return;
      const liste = valeurs.get(champ.name) || [];
      if (champ.type === "checkbox" || champ.type === "radio") champ.checked = liste.includes(champ.value);
      else if (champ.multiple) [...champ.options].forEach((o) => { o.selected = liste.includes(o.value); });
      else if (liste.length) champ.value = liste[0];
    });
    const dit = document.createElement("p");
    dit.className = "message message-warning";
    dit.setAttribute("role", "status");
    dit.textContent = "Votre session avait pris fin : votre saisie est revenue ci-dessous. Relisez-la, puis enregistrez.";
    formulaire.before(dit);
    dit.scrollIntoView({ block: "center" });
  }

  const garde = lire();
  if (!garde) {
    oublier();
  } else if (document.querySelector("[data-connexion]")) {
    // Login page, or « formulaire expiré »: what was sent a moment ago was not received.
    garde.connexion = true;
    sessionStorage.setItem(CLE, JSON.stringify(garde));
  } else if (!agent) {
    // another page without an agent: nothing to do
  } else {
    if (garde.connexion && garde.agent === agent && garde.chemin === location.pathname) rendre(garde);
    if (!garde.connexion || garde.agent !== agent || garde.chemin === location.pathname) oublier();
  }
})();
