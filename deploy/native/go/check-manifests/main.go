// Renders a kustomization and judges every object as an API server would when somebody creates it: strict decoding,
// the server's own validation of its kind, its warnings, and the restricted standard for pods. One line an offence.
package main

import (
	"context"
	"fmt"
	"os"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/apiserver/pkg/endpoints/request"
	"k8s.io/apiserver/pkg/registry/rest"
	podsecurity "k8s.io/pod-security-admission/api"
	"k8s.io/pod-security-admission/policy"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/kubernetes/pkg/api/legacyscheme"
	_ "k8s.io/kubernetes/pkg/apis/apps/install"
	_ "k8s.io/kubernetes/pkg/apis/autoscaling/install"
	_ "k8s.io/kubernetes/pkg/apis/batch/install"
	_ "k8s.io/kubernetes/pkg/apis/core/install"
	_ "k8s.io/kubernetes/pkg/apis/networking/install"
	_ "k8s.io/kubernetes/pkg/apis/policy/install"
	"k8s.io/kubernetes/pkg/registry/apps/daemonset"
	"k8s.io/kubernetes/pkg/registry/apps/deployment"
	"k8s.io/kubernetes/pkg/registry/apps/statefulset"
	"k8s.io/kubernetes/pkg/registry/autoscaling/horizontalpodautoscaler"
	"k8s.io/kubernetes/pkg/registry/batch/cronjob"
	"k8s.io/kubernetes/pkg/registry/batch/job"
	"k8s.io/kubernetes/pkg/registry/core/configmap"
	"k8s.io/kubernetes/pkg/registry/core/namespace"
	"k8s.io/kubernetes/pkg/registry/core/persistentvolumeclaim"
	"k8s.io/kubernetes/pkg/registry/core/secret"
	"k8s.io/kubernetes/pkg/registry/core/service"
	"k8s.io/kubernetes/pkg/registry/core/serviceaccount"
	"k8s.io/kubernetes/pkg/registry/networking/ingress"
	"k8s.io/kubernetes/pkg/registry/networking/networkpolicy"
	"k8s.io/kubernetes/pkg/registry/policy/poddisruptionbudget"
)

var strategies = map[string]rest.RESTCreateStrategy{
	"apps/v1 DaemonSet":                      daemonset.Strategy,
	"apps/v1 Deployment":                     deployment.Strategy,
	"apps/v1 StatefulSet":                    statefulset.Strategy,
	"autoscaling/v2 HorizontalPodAutoscaler": horizontalpodautoscaler.Strategy,
	"batch/v1 Job":                           job.Strategy,
	"batch/v1 CronJob":                       cronjob.Strategy,
	"networking.k8s.io/v1 Ingress":           ingress.Strategy,
	"networking.k8s.io/v1 NetworkPolicy":     networkpolicy.Strategy,
	"policy/v1 PodDisruptionBudget":          poddisruptionbudget.Strategy,
	"v1 ConfigMap":                           configmap.Strategy,
	"v1 Namespace":                           namespace.Strategy,
	"v1 PersistentVolumeClaim":               persistentvolumeclaim.Strategy,
	"v1 Secret":                              secret.Strategy,
	"v1 Service":                             service.Strategy,
	"v1 ServiceAccount":                      serviceaccount.Strategy,
}

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: check-manifests FOLDER")
		os.Exit(2)
	}
	rendered, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(filesys.MakeFsOnDisk(), os.Args[1])
	if err != nil {
		fmt.Println("kustomization:", err)
		os.Exit(1)
	}
	evaluator, err := policy.NewEvaluator(policy.DefaultChecks())
	if err != nil {
		panic(err)
	}
	offences := 0
	for _, resource := range rendered.Resources() {
		yaml, err := resource.AsYAML()
		if err != nil {
			panic(err)
		}
		name := fmt.Sprintf("%s %s %s", resource.GetApiVersion(), resource.GetKind(), resource.GetName())
		for _, offence := range judge(yaml, evaluator) {
			fmt.Printf("%s: %s\n", name, offence)
			offences++
		}
	}
	fmt.Printf("%d objects, %d offences\n", len(rendered.Resources()), offences)
	if offences > 0 {
		os.Exit(1)
	}
}

func judge(yaml []byte, evaluator policy.Evaluator) (offences []string) {
	strict := serializer.NewCodecFactory(legacyscheme.Scheme, serializer.EnableStrict)
	// As it is written: a field that its version does not know is an error.
	asWritten, kind, err := strict.UniversalDeserializer().Decode(yaml, nil, nil)
	if err != nil {
		return []string{err.Error()}
	}
	internal, err := runtime.Decode(strict.UniversalDecoder(), yaml)
	if err != nil {
		return []string{err.Error()}
	}
	version, name := kind.ToAPIVersionAndKind()
	strategy, known := strategies[version+" "+name]
	if !known {
		return []string{"a kind that this check does not know"}
	}
	object, err := meta.Accessor(internal)
	if err != nil {
		return []string{err.Error()}
	}
	ctx := request.WithRequestInfo(request.WithNamespace(context.Background(), object.GetNamespace()), &request.RequestInfo{APIGroup: kind.Group, APIVersion: kind.Version})
	rest.FillObjectMetaSystemFields(object)
	if err := rest.BeforeCreate(strategy, ctx, internal); err != nil {
		offences = append(offences, err.Error())
	}
	offences = append(offences, strategy.WarningsOnCreate(ctx, internal)...)
	if template := podTemplate(asWritten); template != nil {
		restricted := podsecurity.LevelVersion{Level: podsecurity.LevelRestricted, Version: podsecurity.LatestVersion()}
		result := policy.AggregateCheckResults(evaluator.EvaluatePod(restricted, &template.ObjectMeta, &template.Spec))
		if !result.Allowed {
			offences = append(offences, "not restricted: "+result.ForbiddenDetail())
		}
	}
	return offences
}

func podTemplate(object runtime.Object) *corev1.PodTemplateSpec {
	switch one := object.(type) {
	case *appsv1.Deployment:
		return &one.Spec.Template
	case *appsv1.DaemonSet:
		return &one.Spec.Template
	case *appsv1.StatefulSet:
		return &one.Spec.Template
	case *batchv1.Job:
		return &one.Spec.Template
	case *batchv1.CronJob:
		return &one.Spec.JobTemplate.Spec.Template
	}
	return nil
}
