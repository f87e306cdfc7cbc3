// The sheet of attendance: one key per state, counters while one types. Thresholds and rules come from the page
// (`data-*`); the server says the truth when the sheet is saved. Everything works without this file.
(() => {
  "use strict";

  const feuille = document.getElementById("feuille");
  if (!feuille || "figee" in feuille.dataset) return;
  const quorum = document.getElementById("quorum");
  const membres = [...feuille.querySelectorAll("[data-membre]")];
  const TOUCHES = { p: "present", e: "excuse", a: "absent", n: "" }; // N: only a member without a voice

  document.querySelectorAll("[data-avec-script], [data-tous-presents]").forEach((e) => (e.hidden = false));

  const radios = (membre) => [...membre.querySelectorAll("input[type=radio]")];
  const etat = (membre) => (radios(membre).find((r) => r.checked) || {}).value || "";

  function poser(membre, valeur) {
    const radio = radios(membre).find((r) => r.value === valeur);
    if (radio) radio.checked = true;
  }

  // The radio that the keyboard reaches: the one chosen, else the first.
  function aller(membre) {
    if (!membre) return;
    const cible = radios(membre).find((r) => r.checked) || radios(membre)[0];
    cible.focus();
    cible.closest("[data-membre]").scrollIntoView({ block: "nearest" });
  }

  function montrer(membre) {
    const volet = membre.querySelector("[data-mandataire]");
    if (volet) volet.hidden = etat(membre) !== "excuse";
  }

  function compter() {
    const comptes = { present: 0, excuse: 0, absent: 0, "": 0 };
    membres.filter((m) => "voix" in m.dataset).forEach((m) => (comptes[etat(m)] += 1));
    for (const [cle, nombre] of Object.entries(comptes)) {
      quorum.querySelector(`[data-compte="${cle || "vide"}"]`).textContent = nombre;
    }
    if (comptes[""] === membres.filter((m) => "voix" in m.dataset).length) return; // nothing typed: the page says so
    const total = comptes.present + ("representes" in quorum.dataset ? comptes.excuse : 0);
    const atteint = total >= Number(quorum.dataset.seuil);
    quorum.querySelector("[data-comptes]").textContent = total;
    quorum.querySelector("[data-verdict-mot]").textContent = atteint ? "Quorum atteint" : "Quorum non atteint";
    const verdict = quorum.querySelector("[data-verdict]");
    verdict.classList.remove("quorum-attente");
    verdict.classList.toggle("quorum-oui", atteint);
    verdict.classList.toggle("quorum-non", !atteint);
  }

  function changer(membre) {
    montrer(membre);
    compter();
  }

  feuille.addEventListener("change", (e) => {
    const membre = e.target.closest("[data-membre]");
    if (membre && e.target.type === "radio") changer(membre);
  });

  feuille.addEventListener("keydown", (e) => {
    const membre = e.target.closest("[data-membre]");
    if (!membre || e.ctrlKey || e.metaKey || e.altKey) return;
    const rang = membres.indexOf(membre);
    const dansLeNom = e.target.type !== "radio";
    if (e.key === "Enter") {
      // Enter moves on; the sheet is saved by its button.
      e.preventDefault();
      aller(membres[rang + 1] || membre);
    } else if (!dansLeNom && (e.key === "ArrowDown" || e.key === "ArrowUp")) {
      e.preventDefault();
      aller(membres[rang + (e.key === "ArrowDown" ? 1 : -1)]);
    } else if (!dansLeNom && e.key.toLowerCase() in TOUCHES) {
      e.preventDefault();
      poser(membre, TOUCHES[e.key.toLowerCase()]);
      changer(membre);
      const volet = membre.querySelector("[data-mandataire]");
      if (volet && !volet.hidden) volet.querySelector("input").focus();
      else aller(membres[rang + 1] || membre);
    }
  });

  const tous = document.querySelector("[data-tous-presents]");
  if (tous) {
    tous.addEventListener("click", () => {
      membres.filter((m) => "voix" in m.dataset).forEach((m) => {
        poser(m, "present");
        montrer(m);
      });
      compter();
      aller(membres[0]);
    });
  }

  membres.forEach(montrer);
  compter();
})();
