/* built by scripts/app, do not edit: d436b65069d1403c */
(()=>{document.documentElement.dataset.theme=new URLSearchParams(location.search).get("colorScheme")==="dark"?"dark":"light";})();
