// The grid of a scenario: moves like a spreadsheet, sums while one types, saves each cell. Amounts are whole centimes
// (exact integers). The page works without this file: a plain form with its button.
(() => {
  "use strict";

  const formulaire = document.getElementById("saisie");
  const grille = document.getElementById("grille");
  if (!formulaire || !grille) return;
  const pied = document.querySelector(".pied-arbitrage");
  const FINE = "\u202f";
  const cases = () => [...grille.querySelectorAll("input[data-c]")].filter((c) => !c.closest("[hidden]"));

  document.querySelectorAll("[data-avec-script], [data-plier-tout], [data-copier]").forEach((e) => (e.hidden = false));
  document.querySelectorAll("[data-sans-script]").forEach((e) => (e.hidden = true));

  // --- Amounts

  function lire(texte) {
    let brut = texte.replace(/[\s\u00a0\u202f\u2009]/g, "").replace(/€$/, "");
    if (/^\d{1,3}(\.\d{3})+,\d{1,2}$/.test(brut)) brut = brut.replaceAll(".", "");
    const m = /^(\d+)(?:[.,](\d{1,2}))?$/.exec(brut);
    return m ? Number(m[1]) * 100 + Number((m[2] || "0").padEnd(2, "0")) : null;
  }

  function ecrire(centimes) {
    const absolu = Math.abs(centimes);
    const entier = String(Math.floor(absolu / 100)).replace(/\B(?=(\d{3})+$)/g, FINE);
    return `${centimes < 0 ? "−" : ""}${entier},${String(absolu % 100).padStart(2, "0")}`;
  }

  const nombre = (c) => Number(c || 0);
  // What the cell is worth now: what is typed when it reads, else what is saved.
  const valeur = (champ) => lire(champ.value) ?? nombre(champ.dataset.c);
  const delta = (champ) => valeur(champ) - nombre(champ.dataset.c);

  // --- Totals, kept as the server said them plus what is typed and not saved yet

  const base = new Map();
  document.querySelectorAll(
    "[data-somme], [data-somme-bloc], [data-enveloppe], [data-reste], [data-scenario], [data-total]",
  ).forEach((e) => {
    const chiffres = e.textContent.replace(/[^\d−,]/g, "");
    base.set(e, (lire(chiffres.replace("−", "")) ?? 0) * (chiffres.includes("−") ? -1 : 1));
  });

  function montrer(element, centimes, suffixe = "") {
    const depasse = centimes < 0 && element.classList.contains("solde");
    element.textContent = ecrire(centimes) + (depasse && element.dataset.code ? " dépassée" : "") + suffixe;
    if (!element.classList.contains("solde")) return;
    if (depasse && !element.classList.contains("solde-depasse") && element.dataset.code) {
      annoncer(`AE ${element.dataset.code} dépassée : il manque ${ecrire(-centimes)} €.`);
    }
    element.classList.toggle("solde-depasse", depasse);
  }

  function annoncer(texte) {
    const zone = pied && pied.querySelector("[data-annonce]");
    if (zone) zone.textContent = texte;
  }

  function sommer() {
    const parGroupe = new Map(), parAe = new Map();
    let total = 0;
    grille.querySelectorAll("input[data-c]").forEach((champ) => {
      const d = delta(champ);
      if (!d) return;
      total += d;
      parGroupe.set(champ.dataset.g, (parGroupe.get(champ.dataset.g) || 0) + d);
      if (champ.dataset.ae) parAe.set(champ.dataset.ae, (parAe.get(champ.dataset.ae) || 0) + d);
    });
    const parBloc = new Map();
    document.querySelectorAll("[data-somme]").forEach((e) => {
      const d = parGroupe.get(e.dataset.somme) || 0;
      parBloc.set(e.dataset.bloc, (parBloc.get(e.dataset.bloc) || 0) + d);
      montrer(e, base.get(e) + d);
    });
    document.querySelectorAll("[data-somme-bloc]").forEach((e) => {
      montrer(e, base.get(e) + (parBloc.get(e.dataset.sommeBloc) || 0));
    });
    document.querySelectorAll("[data-enveloppe]").forEach((e) => {
      montrer(e, base.get(e) - (parGroupe.get(e.dataset.enveloppe) || 0));
    });
    document.querySelectorAll("[data-ae-rang]").forEach((rang) => {
      const d = parAe.get(rang.dataset.aeRang) || 0;
      const reste = rang.querySelector("[data-reste]"), scenario = rang.querySelector("[data-scenario]");
      montrer(reste, base.get(reste) - d);
      montrer(scenario, base.get(scenario) + d);
    });
    document.querySelectorAll("[data-total]").forEach((e) => montrer(e, base.get(e) + total, "\u00a0€"));
  }

  // --- One row: écart, cost per unit, share of the budget

  function cout(champ) {
    return champ.dataset.q && valeur(champ) ? Math.round((valeur(champ) * 100) / nombre(champ.dataset.q)) : null;
  }

  function voisins(champ) {
    const c = cout(champ), mediane = nombre(champ.dataset.med);
    if (!c || !mediane) return "";
    return c > 2 * mediane ? "plus de 2 × la médiane" : 2 * c < mediane ? "moins de la ½ médiane" : "";
  }

  function part(champ) {
    if (!nombre(champ.dataset.b) || !valeur(champ)) return "";
    const centiemes = Math.round((valeur(champ) * 10000) / nombre(champ.dataset.b));
    return `${ecrire(centiemes).replace(/,00$/, "").replace(/(,\d)0$/, "$1")}\u00a0%`;
  }

  function element(nom, classe, texte) {
    const e = document.createElement(nom);
    e.className = classe;
    e.textContent = texte;
    return e;
  }

  function rafraichir(champ) {
    const rang = champ.closest("tr");
    const ecart = rang.querySelector("[data-ecart]");
    if (champ.dataset.ref !== "") ecart.textContent = ecrire(valeur(champ) - nombre(champ.dataset.ref));
    const c = cout(champ), cellule = rang.querySelector("[data-cout]"), signal = voisins(champ);
    cellule.textContent = c ? ecrire(c) : "";
    if (c) cellule.append(element("span", "precision", champ.dataset.u));
    if (signal) cellule.append(element("span", "signal signal-surveiller", signal));
    rang.querySelector("[data-part]").textContent = part(champ);
    suivre(champ);
    sommer();
  }

  // --- The line being typed, told at the foot

  function suivre(champ) {
    const zone = pied && pied.querySelector("[data-ligne-active]");
    if (!zone) return;
    const rang = champ.closest("tr"), cellules = rang.querySelectorAll("td");
    zone.hidden = false;
    zone.querySelector("[data-nom]").textContent = rang.querySelector("th a").textContent;
    const faits = [`demandé ${cellules[0].textContent.trim() || "—"}`, `voté N-1 ${cellules[1].textContent.trim() || "—"}`];
    const c = cout(champ), mediane = nombre(champ.dataset.med);
    if (c) {
      const autour = mediane ? `, médiane ${ecrire(mediane)}${voisins(champ) ? `, ${voisins(champ)}` : ""}` : "";
      faits.push(`coût unitaire ${ecrire(c)} (${champ.dataset.u}${autour})`);
    }
    if (part(champ)) faits.push(`${part(champ)} du budget prévisionnel`);
    faits.push(champ.dataset.regle ? `règle : ${champ.dataset.regle}` : "la fiche ne fixe pas de montant");
    const liste = zone.querySelector("[data-faits]");
    liste.textContent = "";
    faits.forEach((f) => liste.append(element("span", "", f), " "));
    pied.querySelectorAll("[data-ae-rang]").forEach((r) => {
      const active = r.dataset.aeRang === champ.dataset.ae;
      r.classList.toggle("active", active);
      if (active && pied.scrollHeight > pied.clientHeight) r.scrollIntoView({ block: "nearest" });
    });
  }

  // --- Saving: one request after the other, in the order of typing

  let file = Promise.resolve();
  const envoyer = (champs) => (file = file.then(() => enregistrer(champs)));
  const numero = (champ) => champ.name.replace("montant-", "");

  function dire(champ, erreur) {
    const id = `e${numero(champ)}`;
    document.getElementById(id)?.remove();
    champ.classList.toggle("is-invalid", Boolean(erreur));
    champ.removeAttribute("aria-invalid");
    champ.removeAttribute("aria-describedby");
    if (!erreur) return;
    const texte = element("span", "invalid-feedback d-block", erreur);
    texte.id = id;
    champ.after(texte);
    champ.setAttribute("aria-invalid", "true");
    champ.setAttribute("aria-describedby", id);
    annoncer(`${champ.getAttribute("aria-label")} : ${erreur}`);
  }

  async function enregistrer(champs) {
    const corps = new URLSearchParams();
    const partis = new Map();
    champs.forEach((champ) => {
      partis.set(numero(champ), champ.value);
      corps.set(champ.name, champ.value);
      champ.setAttribute("aria-busy", "true");
    });
    corps.set("lus", champs.map((c) => `${numero(c)}:${c.dataset.c}`).join(" "));
    corps.set("csrfmiddlewaretoken", formulaire.elements.csrfmiddlewaretoken.value);
    let recu = null, refus = "Non enregistré : le serveur ne répond pas. Votre saisie est gardée, réessayez.";
    try {
      const reponse = await fetch(formulaire.action, {
        method: "POST", body: corps, headers: { Accept: "application/json" }, credentials: "same-origin",
      });
      const nature = reponse.headers.get("Content-Type") || "";
      if (nature.startsWith("application/json")) {
        recu = await reponse.json();
        if (recu.refus) refus = recu.refus;
      } else {
        refus = "Non enregistré : votre session a expiré ou vos droits ont changé. Votre saisie est gardée ; "
          + "reconnectez-vous dans un autre onglet, puis validez de nouveau.";
      }
    } catch { /* the sentence above says it */ }
    champs.forEach((champ) => {
      champ.removeAttribute("aria-busy");
      const sort = recu && recu.cellules && recu.cellules[numero(champ)];
      if (!sort) return dire(champ, refus);
      if (sort.centimes !== "") deplacer(champ, Number(sort.centimes));
      dire(champ, sort.erreur);
      if (sort.erreur) return;
      // Typed again while it was being saved: what is typed stays.
      if (champ.value === partis.get(numero(champ))) champ.value = sort.montant;
      if (sort.ecrit) champ.closest("tr").classList.add("ecrit");
    });
    if (recu && recu.soldes) accorder(recu);
    champs.forEach(rafraichir);
  }

  // The saved amount of a cell changes: the sums of its column follow.
  function deplacer(champ, centimes) {
    const change = centimes - nombre(champ.dataset.c);
    champ.dataset.c = String(centimes);
    const somme = document.querySelector(`[data-somme="${champ.dataset.g}"]`);
    const bloc = document.querySelector(`[data-somme-bloc="${somme.dataset.bloc}"]`);
    [somme, bloc, ...document.querySelectorAll("[data-total]")].forEach((e) => base.set(e, base.get(e) + change));
  }

  // The server has the last word on what is left: other officers may have moved the same AE.
  function accorder(recu) {
    for (const [ae, centimes] of Object.entries(recu.soldes)) {
      const rang = document.querySelector(`[data-ae-rang="${ae}"]`);
      if (!rang) continue;
      base.set(rang.querySelector("[data-reste]"), Number(centimes));
      base.set(rang.querySelector("[data-scenario]"), Number(recu.scenario[ae]));
    }
    for (const [d, centimes] of Object.entries(recu.enveloppes)) {
      const e = document.querySelector(`[data-enveloppe="${d}"]`);
      if (e) base.set(e, Number(centimes));
    }
    grille.querySelectorAll("input[data-c]").forEach((champ) => {
      const mediane = recu.medianes[champ.dataset.cle];
      if (mediane !== undefined) champ.dataset.med = mediane;
    });
  }

  const aEnregistrer = (champ) => champ.value.trim() === "" || lire(champ.value) === null || delta(champ) !== 0;

  grille.addEventListener("input", (e) => e.target.matches("input[data-c]") && rafraichir(e.target));
  grille.addEventListener("focusin", (e) => {
    if (!e.target.matches("input[data-c]")) return;
    e.target.select();
    suivre(e.target);
  });
  grille.addEventListener("change", (e) => {
    if (e.target.matches("input[data-c]") && aEnregistrer(e.target)) envoyer([e.target]);
  });
  formulaire.addEventListener("submit", (e) => e.preventDefault());
  window.addEventListener("beforeunload", (e) => {
    if (grille.querySelector("input[data-c].is-invalid, input[data-c][aria-busy]")) e.preventDefault();
  });

  // --- Keyboard and clipboard

  function aller(champ, pas) {
    const liste = cases();
    const suivant = liste[liste.indexOf(champ) + pas];
    if (suivant) suivant.focus();
    return Boolean(suivant);
  }

  grille.addEventListener("keydown", (e) => {
    const champ = e.target;
    if (!champ.matches("input[data-c]") || e.ctrlKey || e.metaKey || e.altKey) return;
    if (e.key === "Enter" || e.key === "ArrowDown" || e.key === "ArrowUp") {
      e.preventDefault();
      const pas = e.key === "ArrowUp" || (e.key === "Enter" && e.shiftKey) ? -1 : 1;
      // At the end of the column nothing takes the focus: the cell is saved all the same.
      if (!aller(champ, pas)) champ.blur();
      else if (champ.classList.contains("is-invalid") && aEnregistrer(champ)) envoyer([champ]);
    } else if (e.key === "Escape") {
      e.preventDefault();
      champ.value = ecrire(nombre(champ.dataset.c));
      dire(champ, "");
      rafraichir(champ);
      champ.select();
    }
  });

  grille.addEventListener("paste", (e) => {
    const champ = e.target;
    if (!champ.matches("input[data-c]")) return;
    const texte = e.clipboardData.getData("text").replace(/\r\n?/g, "\n").replace(/\n$/, "");
    if (!texte.includes("\n")) return;
    e.preventDefault();
    const liste = cases();
    const depart = liste.indexOf(champ);
    const lignes = texte.split("\n").map((l) => l.split("\t")[0].trim());
    const colles = [];
    lignes.forEach((valeurCollee, n) => {
      const cible = liste[depart + n];
      if (!cible || valeurCollee === "") return;
      cible.value = valeurCollee;
      rafraichir(cible);
      if (aEnregistrer(cible)) colles.push(cible);
    });
    const perdues = lignes.length - (liste.length - depart);
    annoncer(`${colles.length} montant(s) collé(s)${perdues > 0 ? ` ; ${perdues} en trop, au-delà de la dernière ligne` : ""}.`);
    if (colles.length) envoyer(colles);
  });

  document.querySelector("[data-copier]")?.addEventListener("click", async (e) => {
    try {
      await navigator.clipboard.writeText(cases().map((c) => c.value.replace(/[\u202f\u00a0]/g, "")).join("\n"));
      e.target.textContent = "Colonne copiée";
    } catch {
      e.target.textContent = "Copie refusée par le navigateur";
    }
  });

  // --- Groups that fold

  function plier(bouton, ouvert) {
    document.getElementById(bouton.dataset.plier).hidden = !ouvert;
    bouton.setAttribute("aria-expanded", String(ouvert));
  }
  const plis = () => [...grille.querySelectorAll("[data-plier]")];
  grille.addEventListener("click", (e) => {
    const bouton = e.target.closest("[data-plier]");
    if (bouton) plier(bouton, bouton.getAttribute("aria-expanded") !== "true");
    const tout = e.target.closest("[data-plier-tout]");
    if (tout) {
      const replies = plis().every((b) => b.getAttribute("aria-expanded") !== "true");
      plis().forEach((b) => plier(b, replies));
      tout.textContent = replies ? "Tout replier" : "Tout déplier";
    }
  });
})();
